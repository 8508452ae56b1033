"""The structure of rules.toml: every key, its type and its description. The JSON Schema is made from it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from monitor.config.selection import SelectEntry
from monitor.config.types import (
    BaseUrl,
    ClockTime,
    ClockTimes,
    Duration,
    FieldNames,
    HoursRange,
    ListenAddress,
    NetworkList,
    NonEmptyText,
    PollInterval,
    PriorityName,
    Table,
    Terms,
    TextList,
    TimeZoneName,
    expand_short_form,
    wrap_in_list,
)


class NearTable(Table):
    """Terms that must (near) or must not (not_near) stand close to one of the watch's own terms."""

    words: int = Field(8, ge=0, le=1000, description="How many words may lie between.", examples=[25])
    any: Terms = Field(
        description="At least one of these terms, within that distance.", examples=[["IPO", "spin-off*"]]
    )


class ExampleTable(Table):
    """A text to test a watch with: at least a title."""

    title: str = Field("", description="The headline.")
    lead: str = Field("", description="The summary or first paragraphs.")
    body: str = Field("", description="The text.")
    url: str = Field("", description="The address of the article.")
    feed: str = Field("", description="The feed it comes from, for a watch that reads only some.")


Examples = Annotated[
    list[
        Annotated[ExampleTable, BeforeValidator(expand_short_form("title"), json_schema_input_type=str | ExampleTable)]
    ],
    BeforeValidator(wrap_in_list, json_schema_input_type=str | list[str | ExampleTable]),
]


class WatchTable(Table):
    """The terms of a watch, and who is alerted."""

    any: Terms = Field(
        [],
        description="Terms of which at least one must occur. Plain text means whole words, in any case, "
        "with hyphen, space or nothing between them; `*` at the end allows any ending; `=Visa`"
        " is taken exactly as written; `@name` stands for a list in [sets] or an entry of [entity].",
        examples=[["Qwen", "通义千问"]],
    )
    all: list[Terms] = Field(
        [],
        min_length=1,
        description="Each entry must occur; an entry that is a list asks for one of it.",
        examples=[["Nvidia", ["China", "Beijing"]]],
    )
    none: Terms = Field(
        [], description="Terms that exclude an article wherever they occur in it.", examples=[["horoscope*"]]
    )
    near: NearTable | None = Field(
        None,
        description="Terms of which one must stand near a term of the watch.",
        examples=[{"words": 25, "any": ["IPO", "spin-off*"]}],
    )
    not_near: NearTable | None = Field(
        None,
        description="A term of the watch does not count where one of these stands near it; its other "
        "mentions still do.",
        examples=[{"words": 3, "any": ["Gewinnspiel"]}],
    )
    regex: Terms = Field(
        [],
        description="Regular expressions (RE2 syntax, any case), best in 'single quotes'; at least one of "
        "`any` and `regex` must be found.",
        examples=[[r"\bQ[1-4][- ]?Zahlen\b"]],
    )
    match: str | None = Field(
        None,
        description="A whole expression instead of the term keys.",
        examples=['title:H200 AND (China NEAR/10 "export license")'],
    )
    in_: FieldNames = Field(
        [],
        alias="in",
        description="Fields to search; without it title and body, which includes the lead.",
        examples=[["title", "lead"]],
    )
    feeds: Terms = Field([], description="Names of the feeds to read; without it all.", examples=[["boerse-global"]])
    lang: Terms = Field(
        [], description="Languages of the articles to read (two letters); without it all.", examples=[["de", "en"]]
    )
    priority: PriorityName = Field("normal", description="How urgent its alerts are: low, normal, high or urgent.")
    notify: TextList | None = Field(
        None,
        description="Channels to alert; without it those of [settings], else all. An empty list: none.",
        examples=[["slack"]],
    )
    throttle: Duration | None = Field(
        None,
        description="Alert at most once in this time; what comes meanwhile is sent together at its end.",
        examples=["1h"],
    )
    digest: ClockTimes | None = Field(
        None, description="Gather alerts and send them at these times of day.", examples=[["07:30", "18:00"]]
    )
    hold: Duration | None = Field(
        None,
        description="Wait this long for copies of a story, to name them. Urgent watches never wait.",
        examples=["30s"],
    )
    enabled: bool = Field(True, description="false: keep the watch in the file without using it.")
    about: str = Field("", description="A note for people.")
    hits: Examples = Field(
        [],
        description="Texts the watch must match; `monitor check` tries them.",
        examples=[["Nvidias H200-Chips für China"]],
    )
    misses: Examples = Field(
        [], description="Texts the watch must not match; `monitor check` tries them.", examples=[["GH200 Superchip"]]
    )


class EntityTable(Table):
    """A company, a product or a person under all its names; used as "@name" wherever a term may stand."""

    names: Terms = Field([], description="The names, as terms.", examples=[["Alibaba", "阿里巴巴"]])
    isin: Terms = Field([], description="ISINs of its securities.", examples=["US01609W1027"])
    tickers: Terms = Field(
        [],
        description="Ticker symbols; found as $BABA, (BABA), NYSE: BABA or BABA.US; bare only with a digit in them.",
        examples=[["BABA", "9988.HK"]],
    )
    ambiguous: Terms = Field(
        [],
        description="Names that are ordinary words too: they count only within 25 words of the `context`, or in an "
        "article that has another name, the ISIN or a ticker. Without this key the context holds for all `names`.",
        examples=[["Arm"]],
    )
    context: Terms = Field([], description="Terms that show the entity is meant.", examples=[["Softbank", "chip*"]])
    about: str = Field("", description="A note for people.")


class FeedTable(Table):
    """A feed to poll."""

    url: NonEmptyText = Field(
        description="http:// or https:// address of an RSS, Atom, RDF or JSON feed. `${NAME}` is taken "
        "from the environment.",
        examples=["https://www.boerse-global.de/feed"],
    )
    every: PollInterval = Field(
        (timedelta(minutes=2), timedelta(minutes=15)),
        description="How long to wait between two polls. Within two bounds the pause follows the feed's own rhythm and "
        'what its text asks for, default "2m-15m"; one is kept to. At least 1m; 1s on addresses in private_networks.',
    )
    kind: Literal["feed", "jsonfeed", "sitemap", "page"] = Field(
        "feed", description="feed finds out RSS, Atom, RDF and JSON; page is a web page that lists articles."
    )
    select: SelectEntry | None = Field(
        None,
        description='Where the articles of a page stand, as CSS selectors; "article" alone means the items.',
        examples=[{"item": "article", "title": "h2"}],
    )
    lang: NonEmptyText | None = Field(None, description="Language of the feed where it does not say.", examples=["de"])
    timezone: TimeZoneName = Field("UTC", description="Time zone of dates that carry none.")
    full_text: Literal["auto", "always", "never"] = Field(
        "auto", description="Read the pages of new articles: auto where the feed gives a teaser only."
    )
    push: bool = Field(True, description="false: do not ask the feed's hub to push to us.")
    hub: NonEmptyText | None = Field(
        None,
        description="A WebSub hub that the feed does not name itself.",
        examples=["https://pubsubhubbub.appspot.com/"],
    )
    enabled: bool = Field(True, description="false: keep the feed in the file without polling it.")
    about: str = Field("", description="A note for people.")


class NotifyTable(Table):
    """A channel."""

    url: NonEmptyText = Field(
        description="An Apprise URL. Keep secrets out of the file: `${NAME}` is the environment variable "
        "or systemd credential of that name, `${NAME:-text}` has a default.",
        examples=["${SLACK_WEBHOOK}"],
    )
    digest: ClockTimes | None = Field(
        None, description="Gather alerts and send them at these times of day; those of urgent watches are sent at once."
    )
    on_ambiguous: Literal["resend", "hold"] = Field(
        "resend",
        description="When nobody can know whether a message arrived: send it again, marked as a possible repeat, or "
        "hold it until `monitor outbox retry`.",
    )


class SettingsTable(Table):
    """What holds for everything."""

    timezone: TimeZoneName = Field(
        "UTC", description="Time zone of the times in this file and of days in reports; messages say UTC."
    )
    quiet_hours: HoursRange | None = Field(
        None, description="No messages in this span of the day, except urgent ones; the rest comes together at its end."
    )
    notify: TextList | None = Field(
        None, description="Channels of watches that name none; without it all.", examples=[["slack"]]
    )
    ops: TextList | None = Field(
        None, description="Channels that hear of trouble with feeds, channels or rules; without it all."
    )
    heartbeat: ClockTime | None = Field(None, description="When to send a daily sign of life to the ops channels.")
    ping: NonEmptyText | None = Field(
        None,
        description="An address to request after each good poll, such as one of healthchecks.io; silence is the alarm. "
        "`${NAME}` is taken from the environment.",
        examples=["${PING_URL}"],
    )
    private_networks: NetworkList = Field(
        [],
        description="Private networks in which feeds may be fetched; all others are refused.",
        examples=[["127.0.0.0/8"]],
    )
    contact: str = Field(
        "",
        description="Told to the servers we poll (User-Agent), so that they can complain.",
        examples=["you@example.org"],
    )
    callback: BaseUrl | None = Field(
        None,
        description="The public address under which the hubs of feeds reach us; with `listen` they push to us.",
    )
    listen: ListenAddress | None = Field(
        None, description="Where to listen for what hubs push, behind a reverse proxy that serves `callback`."
    )
    keep: Duration | None = Field(
        None, description="How long texts are kept; without it for ever. Titles and keys stay.", examples=["400d"]
    )


TextOrList = str | list[str]
WatchEntry = Annotated[
    WatchTable, BeforeValidator(expand_short_form("any"), json_schema_input_type=TextOrList | WatchTable)
]
EntityEntry = Annotated[
    EntityTable, BeforeValidator(expand_short_form("names"), json_schema_input_type=TextOrList | EntityTable)
]
FeedEntry = Annotated[FeedTable, BeforeValidator(expand_short_form("url"), json_schema_input_type=str | FeedTable)]
NotifyEntry = Annotated[
    NotifyTable, BeforeValidator(expand_short_form("url"), json_schema_input_type=str | NotifyTable)
]


class RulesFile(Table):
    """What to watch, in which feeds, and who is alerted."""

    watch: dict[str, WatchEntry] = Field({}, description='Watches: `name = "term"`, `name = [terms]` or a table.')
    sets: dict[str, Terms] = Field({}, description='Named lists of terms, used as "@name" wherever a term may stand.')
    entity: dict[str, EntityEntry] = Field(
        {}, description='Entities: `name = "term"`, `name = [terms]` or a table; used as "@name".'
    )
    feeds: dict[str, FeedEntry] = Field({}, description='Feeds: `name = "url"` or a table.')
    notify: dict[str, NotifyEntry] = Field({}, description='Channels: `name = "url"` or a table.')
    settings: SettingsTable = Field(
        default_factory=lambda: SettingsTable.model_validate({}), description="Settings, what holds for all entries."
    )


def schema_text() -> str:
    """The schema as the text of rules.schema.json."""
    schema = RulesFile.model_json_schema()
    dressed = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **_drop_generated_keys(schema),
        "title": "rules.toml",
    }
    return json.dumps(dressed, indent=2, ensure_ascii=False) + "\n"


def _drop_generated_keys(value: Any, names: bool = False) -> Any:
    """Without generated titles and without defaults that say nothing; names: the keys here are names of properties."""
    if isinstance(value, list):
        return [_drop_generated_keys(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _drop_generated_keys(entry, names=key in {"properties", "$defs"} and not names)
        for key, entry in value.items()
        if names or not (key == "title" or (key == "default" and (entry is None or isinstance(entry, list | dict))))
    }
