"""Extract facts from an article: amounts, moves, codes and dates of coming events. No alert depends on them."""
