"""The URL schemes that may stand in [notify]: those of Apprise that speak HTTP or SMTP to another machine.

A list, because Apprise itself takes 270 ms of CPU to import and `monitor check` must start fast; a test compares it.
"""

ALLOWED = frozenset(
    """
    46elks acs awswhatsapp azure bale bark barks betterstack bluesky brevo bsky bulksms bulkvs
    burstsms chanify clickatell clicksend cliq cm d7sms dingtalk discord dot
    eight00com elks emby embys enigma2 enigma2s evolution evolutions exotel fcm feishu firehydrant flock
    flowtriq flowtriqs fluxer fluxers form forms freemobile gchat github goalert goalerts gorush gorushs gotify
    gotifys groundmail groupme guilded gupshup hassio hassios httpsms humhub humhubs ifttt ilert
    incidentio infobip instagram jellyfin jellyfins jira join json jsons kakao kakaotalk kaleyra kavenegar klr
    kodi kodis kook kudosity kumulos lametric lametrics lark lauther lfg line mailersend mailgun mailto mailtos
    mastodon mastodons matrix matrixs misskey misskeys mmost mmosts mobilemessage mobilemsg msg91
    msgbird ncloud nclouds nctalk nctalks nexmo nostr notica noticas notifiarr notifico notificos notifyapp notifyre
    ntfy ntfys o365 octopush onebot onebots onesignal
    opsgenie opsimate opsimates pagerduty pagertree parsep parseps pbul pinglet
    pinglets pingram pjet pjets plivo postmark pover prowl psafer psafers push pushdeer pushdeers pushed pushme
    pushplus pushward pushy qq reddit resend revolt ringc rocket rockets ryver schan sendgrid sendpulse
    serwersms ses session sessions seven sfr signal signalgrid signals signl4 simplepush sinch slack 
    smsc smseagle smseagles smsmanager smsmgr smstunnel smtp2go sns sogs sparkpost spike splunk spugpush spush
    squadcast stackfield strmlabs synology synologys telesign telnyx tgram threema toot toots trigv trigvs tweet
    twilio twist twitter viber victorops voipms vonage webex wechat wecom wecombot whapi whatsapp workflow
    workflows wpush wxpusher wxteams x xbmc xbmcs xmatters xml xmls youlmk zalo zcliq zohocliq zoom
    zulip
    """.split()  # noqa: SIM905 -- a list of words is read and edited as words
)

# what speaks another protocol, or only passes a message on: whether it arrived could not be told
UNWATCHED = frozenset(
    """
    amqp amqps apprise apprises aprs atalk dapnet deltachat deltachats growl irc ircs
    mqtt mqtts smpp smpps vapid xmpp xmpps
    """.split()  # noqa: SIM905
)

# what would speak to this machine's desktop, log or devices, not to a person elsewhere
LOCAL = frozenset("blink1 dbus evolutionmail file gio glib gnome kde macosx qt rsyslog syslog windows".split())  # noqa: SIM905

# services whose own https address Apprise understands
NATIVE = (
    "hooks.slack.com",
    "hooks.slack-gov.com",
    "discord.com",
    "discordapp.com",
    "chat.googleapis.com",
    "webexapis.com",
    "api.ciscospark.com",
    "maker.ifttt.com",
    "media.guilded.gg",
    "open.larksuite.com",
    "n.tkte.ch",
    "ntfy.sh",
)
NATIVE_DOMAINS = (".webhook.office.com", ".logic.azure.com", ".powerplatform.com", ".ryver.com", ".xmatters.com")

# What Apprise lets every URL say and what changes nothing where we speak ourselves: plain text, one attempt, no
# redirects, our time limits.
IDLE = frozenset(
    ("footer", "image", "format", "overflow", "emojis", "store", "tz", "cto", "rto", "retry", "wait", "redirect")
)

# What a json:// webhook may have beside its secret; all else only Apprise knows, and Apprise does not sign.
SIGNED = IDLE | {"secret", "verify", "method"}
