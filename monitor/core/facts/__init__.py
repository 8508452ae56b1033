"""What an article says in figures: amounts, moves, codes and the days of coming events."""
