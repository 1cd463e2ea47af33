"""What a browser says it is, in words that its owner recognises in the list of sessions."""

from django.utils.translation import gettext_lazy as _

_SYSTEMS = (
    ("HarmonyOS", _("鸿蒙")),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", _("安卓手机")),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("MicroMessenger", _("微信")),
    ("DingTalk", _("钉钉")),
    ("QQBrowser", _("QQ 浏览器")),
    ("UCBrowser", _("UC 浏览器")),
    ("HuaweiBrowser", _("华为浏览器")),
    ("MiuiBrowser", _("小米浏览器")),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def words(user_agent: str) -> str:
    """Return 'Windows · Edge' for what a browser sends as its name; the empty string for one that nobody knows."""
    system = next((str(word) for sign, word in _SYSTEMS if sign in user_agent), "")
    browser = next((str(word) for sign, word in _BROWSERS if sign in user_agent), "")
    return " · ".join(filter(None, (system, browser)))
