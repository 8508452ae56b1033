"""Share prices are masked; every other number is news."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.core.text import prices
from monitor.core.text.analysis import find_keywords, mask_where_shares
from monitor.core.text.normalize import fold_with_offsets
from monitor.core.text.prices import PRICE_MASK
from monitor.core.text.tokens import number_positions
from tests.analysed import mask_prices


@pytest.mark.parametrize(
    "sentence",
    [
        "This is reflected in the share price, which at €{} is down {}% in a week.",
        "The company's shares are presently trading at {} Euros, {} percent less than in May.",
        "Die Aktie notiert bei {} Euro und damit {} Prozent höher.",
        "Mit einem Schlusskurs von {} € lag das Papier {} Prozent im Plus.",
        "In Hong Kong the stock closed at HK${}, a gain of {} per cent.",
        "Die Papiere kosteten zuletzt {} US-Dollar, ein Minus von {} %.",
        "该公司股价收盘报{}港元，上涨{}%。",
    ],
)
def test_price_and_percentage_of_a_price_sentence_are_masked(sentence: str) -> None:
    assert mask_prices(f"Before. {sentence.format('136.20', '5.9')} After 12 days.") == (
        f"Before. {sentence.format(PRICE_MASK, PRICE_MASK)} After 12 days."
    )
    assert mask_prices(sentence.format("1.136,20", "0,4")) == mask_prices(sentence.format("7", "12"))


@pytest.mark.parametrize(
    "sentence",
    [
        "Regulators approved the purchase of 400,000 H200 chips.",
        "Federated sold 70,000 shares, 91.9% of its position.",
        "The unit earned 48 million euros, and the shares rose 4 percent.",
        "Der Auftrag über 2,4 Mrd. Euro beflügelt die Aktie.",
        "The bidder raised its offer to 30 euros for each share.",
        "Analysten heben das Kursziel für die Aktie auf 45 Euro an.",
        "The dividend is 2.10 dollars, and the stock gained.",
        "Der Ausgabepreis der Aktie liegt bei 18 Euro.",
        "A cup of milk tea costs 9 yuan.",
        "该股目标价为145港元。",
    ],
)
def test_any_other_number_stays(sentence: str) -> None:
    assert mask_prices(sentence) == sentence


def is_amount_plainly(text: str, start: int, end: int) -> bool:
    if prices._SCALE.match(text, end):
        return False
    before = prices._CURRENCY_BEFORE.search(text, max(0, start - 6), start)
    return bool(before or prices._CURRENCY_AFTER.match(text, end))


PIECES = (
    *"€$£¥¢.,\n", "eur", "EUR ", " usd", "u\u017fd", "HKD\u00a0", "chf", " Euro", "euros ", "\u00a0dollars",
    " Hong Kong Dollar", "us-dollar", " pence", " percent", " Prozent", " yen", "franken", " k", "Mio ", " mi\u00adll ",
    "²", " share ", "die Aktie ", "x", "ä", " – ", " ", "5", "12,5", "1.000", "\u00ad", "\u0663", "\uff15", "港元",
    "元",
)  # fmt: skip
SHARES = (
    "shares", "stock ", "equity", "Aktie", "papier", "Titel", "Anteilsscheine", "kursen", "notiert", "trades", "price",
    "traded", "TRADING", "prices", "priced", "Schlusskurs", "Börsenkurs", "股价", "收盘", "Nordaktie", "equ\u00adity",
    "equ\u0131ty", "ſtock",
)  # fmt: skip


@settings(max_examples=500)
@given(st.lists(st.sampled_from((*PIECES, *SHARES)), max_size=9).map("".join))
@example("titel 5 Euro")
@example("share 5 \n Euro")
@example("share EUR \n5")
@example("share u\u017fd 5")
def test_the_quick_look_at_a_number_misses_no_amount(text: str) -> None:
    every = [number.span() for number in prices._NUMBER.finditer(text)]
    for one_to_one in {False, fold_with_offsets(text).one_to_one}:
        assert list(prices._number_spans(text, number_positions(text, one_to_one))) == every
    for number in prices._NUMBER.finditer(text):
        assert prices._is_amount(text, *number.span()) == is_amount_plainly(text, *number.span())
    normalized = fold_with_offsets(text)
    assert mask_where_shares(normalized, find_keywords(normalized)) == mask_prices(text)
