"""The URL schemes allowed in [notify]: those of Apprise that use HTTP or SMTP to another machine.

A list, because importing Apprise takes 270 ms of CPU and `monitor check` must start fast; a test compares the two.
Nothing here opens a connection.
"""

ALLOWED_SCHEMES = frozenset(
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

# The most characters of a text that a service takes, according to Apprise; those of 1,000 and fewer share a row. A
# service that is not listed takes 16,000 or has no limit in Apprise. The limits of Twilio, Mastodon, X, Webex and a
# few more are from their own documentation.
_BODIES = """
    1000: 46elks bluesky bsky bulksms bulkvs burstsms clickatell clicksend d7sms eight00com elks enigma2
    1000: enigma2s freemobile groupme httpsms infobip instagram join kakao kakaotalk kavenegar kudosity
    1000: kumulos mastodon mastodons misskey misskeys mobilemessage mobilemsg msg91 msgbird nexmo notifico
    1000: notificos notifyre plivo push pushed ringc ryver serwersms seven sfr sinch smsc smsmanager smsmgr
    1000: sns splunk strmlabs telnyx toot toots trigv trigvs tweet twist twitter victorops voipms vonage webex
    1000: wxteams x
    1024: awswhatsapp fcm pagerduty pover whatsapp
    1200: smseagle smseagles
    1224: cm octopush
    1600: smstunnel telesign twilio
    2000: discord exotel fluxer fluxers guilded lauther revolt session sessions sogs youlmk zalo
    2048: wechat wecombot
    3000: pinglet pinglets pushward
    3500: threema
    4000: gchat gorush gorushs humhub humhubs kaleyra klr mmost mmosts ncloud nclouds stackfield zoom
    4096: bale gupshup notifiarr pushy tgram whapi
    4500: onebot onebots
    5000: cliq kook line psafer psafers zcliq zohocliq
    6000: reddit
    6144: goalert goalerts
    7000: nostr simplepush spush
    7800: ntfy ntfys
    10000: prowl wpush zulip
    15000: jira opsgenie
    16384: notifyapp
    """
BODIES = {
    scheme: int(size)
    for size, _, schemes in (line.partition(":") for line in _BODIES.strip().splitlines())
    for scheme in schemes.split()
}

# Other protocols, and relays: they do not confirm that a message arrived
UNCONFIRMED_SCHEMES = frozenset(
    """
    amqp amqps apprise apprises aprs atalk dapnet deltachat deltachats growl irc ircs
    mqtt mqtts smpp smpps vapid xmpp xmpps
    """.split()  # noqa: SIM905
)

# Desktop, log or devices of this machine: nobody elsewhere would read the message
LOCAL_SCHEMES = frozenset("blink1 dbus evolutionmail file gio glib gnome kde macosx qt rsyslog syslog windows".split())  # noqa: SIM905

# Services whose own https addresses Apprise accepts
NATIVE_HOSTS = (
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

# Parameters that Apprise takes in every URL, without effect where we send ourselves: plain text, one attempt, no
# redirects, our own time limits.
IGNORED_PARAMETERS = frozenset(
    ("footer", "image", "format", "overflow", "emojis", "store", "tz", "cto", "rto", "retry", "wait", "redirect")
)

# Parameters of a signed json:// webhook; others need Apprise, which does not sign.
WEBHOOK_PARAMETERS = IGNORED_PARAMETERS | {"secret", "verify", "method"}
