"""The face of the admin: what unfold reads as `settings.UNFOLD`."""

from django.templatetags.static import static
from django.urls import reverse_lazy


def _scale(*colours: str) -> dict[str, str]:
    weights = ("50", "100", "200", "300", "400", "500", "600", "700", "800", "900", "950")
    return dict(zip(weights, colours, strict=True))


UNFOLD = {
    "SITE_TITLE": "工会综合业务平台",
    "SITE_HEADER": "UnionHub",
    "SITE_SUBHEADER": "工会综合业务平台",
    "SITE_ICON": lambda request: static("unionhub/logo.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("unionhub/logo.svg"),
        }
    ],
    "SITE_URL": "/",
    "SHOW_VIEW_ON_SITE": False,
    "THEME": "light",
    "BORDER_RADIUS": "6px",
    "STYLES": [
        lambda request: static("unionhub/tokens.css"),
        lambda request: static("unionhub/admin.css"),
        lambda request: static("unionhub/board.css"),
    ],
    "ACCOUNT": {
        "navigation": [{"title": "我的账号", "link": reverse_lazy("account")}],
    },
    "SIDEBAR": {"show_search": False, "navigation": "unionhub.navigation.admin_sidebar"},
    "COLORS": {
        "base": _scale(
            "#F6F8FA", "#EAEEF2", "#D0D7DE", "#AFB8C1", "#8C959F", "#57606A",
            "#424A53", "#32383F", "#24292F", "#1F2328", "#0D1117",
        ),
        "primary": _scale(
            "#FDF3F2", "#FBE4E2", "#F6C8C4", "#EE9F98", "#E2695F", "#CC3E34",
            "#B3261E", "#951E17", "#7A1A15", "#661A16", "#380A08",
        ),
    },
}  # fmt: skip
