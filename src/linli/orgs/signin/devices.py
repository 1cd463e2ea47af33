"""What a browser says it is, in words that its owner recognises in the list of sessions."""

_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓手机"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("QQBrowser", "QQ 浏览器"),
    ("UCBrowser", "UC 浏览器"),
    ("HuaweiBrowser", "华为浏览器"),
    ("MiuiBrowser", "小米浏览器"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


def words(user_agent: str) -> str:
    """Return 'Windows · Edge' for what a browser sends as its name; the empty string for one that nobody knows."""
    system = next((word for sign, word in _SYSTEMS if sign in user_agent), "")
    browser = next((word for sign, word in _BROWSERS if sign in user_agent), "")
    return " · ".join(filter(None, (system, browser)))
