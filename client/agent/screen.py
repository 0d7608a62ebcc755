"""Whether this computer has a display that an agent can act on."""

from collections.abc import Mapping

from client.agent.injector import NoScreen, Screen

WAYLAND = (
    "This is a Wayland desktop, which lets no program move its pointer. Log in to an X11 session ('on Xorg') "
    "to be controlled; until then others can show where they point."
)
OTHER_SYSTEM = (
    "The agent works on X11 desktops (Linux, BSD), not on {system} yet. Without it others can show where "
    "they point on your screen."
)
NO_DISPLAY = "There is no display here. Run this on the desktop you share, as the one who is logged in to it."

OTHER_SYSTEMS = {"win32": "Windows", "cygwin": "Windows", "darwin": "macOS"}


def open_screen(platform: str, environment: Mapping[str, str], monitor: str | None = None) -> Screen:
    """The display of the session that `environment` is of. Raises `NoScreen`, which says why."""
    if platform in OTHER_SYSTEMS:
        raise NoScreen(OTHER_SYSTEM.format(system=OTHER_SYSTEMS[platform]))
    if environment.get("WAYLAND_DISPLAY") or environment.get("XDG_SESSION_TYPE") == "wayland":
        raise NoScreen(WAYLAND)
    if not environment.get("DISPLAY"):
        raise NoScreen(NO_DISPLAY)
    from client.agent.x11 import X11Screen

    return X11Screen(environment["DISPLAY"], monitor)
