"""The icons: one line drawing each on a field of 20 by 20, drawn with the stroke of the text beside it.

An icon never stands alone: a word is always beside it, so all of them are hidden from screen readers.
"""


def _circle(x: float, y: float, r: float) -> str:
    return f"M{x - r:g} {y:g}a{r:g} {r:g} 0 1 0 {2 * r:g} 0a{r:g} {r:g} 0 1 0 {-2 * r:g} 0z"


def _box(x: float, y: float, width: float, height: float, r: float) -> str:
    """A rectangle with round corners."""
    w, h = width - 2 * r, height - 2 * r
    corner = f"a{r:g} {r:g} 0 0 1"
    return (
        f"M{x + r:g} {y:g}h{w:g}{corner} {r:g} {r:g}v{h:g}{corner} {-r:g} {r:g}"
        f"h{-w:g}{corner} {-r:g} {-r:g}v{-h:g}{corner} {r:g} {-r:g}z"
    )


# Those that point somewhere are mirrored where the text runs from right to left.
DIRECTED = frozenset({"back", "next", "sign-out", "undo", "list", "send"})

ICONS = {
    "award": _circle(10, 8, 4.5) + "M7.2 11.6 6 17l4-2.2L14 17l-1.2-5.4",
    "back": "M16 10H4.5M9.5 5l-5 5 5 5",
    "bell": "M5.5 13.5V9a4.5 4.5 0 0 1 9 0v4.5l1.5 1.5H4zM8.5 17.2h3",
    "book": "M10 5.5C8.5 4.2 6 4 3.5 4.2v11c2.5-.2 5 0 6.5 1.3V5.5C11.5 4.2 14 4 16.5 4.2v11"
    "c-2.5-.2-5 0-6.5 1.3",
    "calendar": _box(3, 4.5, 14, 12, 2) + "M3 8.5h14M7 2.8v3M13 2.8v3",
    "chart": "M3.5 16.5h13M6 13.5v-4M10 13.5v-8M14 13.5v-6",
    "check": "M4.5 10.5l3.7 3.7 7.3-8",
    "clock": _circle(10, 10, 7) + "M10 6v4.2l2.8 1.8",
    "close": "M5.5 5.5l9 9M14.5 5.5l-9 9",
    "copy": _box(7, 7, 9.5, 9.5, 1.8)
    + "M13 7V5.3a1.8 1.8 0 0 0-1.8-1.8H5.3a1.8 1.8 0 0 0-1.8 1.8v5.9A1.8 1.8 0 0 0 5.3 13H7",
    "down": "M5 7.5l5 5 5-5",
    "download": "M10 3.5v9M6.2 9l3.8 3.8L13.8 9M4 16.5h12",
    "edit": "M4 16l.8-3.4 8.6-8.6a1.6 1.6 0 0 1 2.3 0l.3.3a1.6 1.6 0 0 1 0 2.3l-8.6 8.6zM12 5.4 14.6 8",
    "eye": "M3 10s2.5-4.5 7-4.5S17 10 17 10s-2.5 4.5-7 4.5S3 10 3 10z" + _circle(10, 10, 1.8),
    "eye-off": "M3 10s2.5-4.5 7-4.5S17 10 17 10s-2.5 4.5-7 4.5S3 10 3 10zM4 16.5 16 3.5",
    "file": "M4.5 3.5h8l3 3v10h-11zM7.5 9h5M7.5 12.5h5",
    "flag": "M5 17V3.8M5 4.2h9.5l-2 3 2 3H5",
    "globe": _circle(10, 10, 7)
    + "M3 10h14M10 3c-2.2 2-3.2 4.3-3.2 7s1 5 3.2 7c2.2-2 3.2-4.3 3.2-7S12.2 5 10 3z",
    "help": _circle(10, 10, 7) + "M8 8.2a2 2 0 1 1 2.8 1.9c-.5.3-.8.6-.8 1.3M10 13.8v.1",
    "home": "M3.5 9.5 10 4l6.5 5.5V16H12v-4H8v4H3.5z",
    "info": _circle(10, 10, 7) + "M10 9.2v4M10 6.5v.2",
    "key": _circle(7, 13, 3.5) + "M9.5 10.5l6.5-6.5M13.5 6.5l2.2 2.2",
    "link": "M8.5 11.5l3-3M9 6.2l1.8-1.8a3.2 3.2 0 0 1 4.6 4.6L13.8 10.8"
    "M11 13.8l-1.8 1.8a3.2 3.2 0 0 1-4.6-4.6L6.2 9.2",
    "list": "M7.5 5.5h9M7.5 10h9M7.5 14.5h9M3.8 5.5v.1M3.8 10v.1M3.8 14.5v.1",
    "lock": _box(4.5, 9, 11, 7.5, 1.8) + "M7 9V6.5a3 3 0 0 1 6 0V9",
    "mail": _box(2.8, 4.5, 14.4, 11, 2) + "M3.5 6l6.5 5 6.5-5",
    "menu": "M3.5 6h13M3.5 10h13M3.5 14h13",
    "message": _box(3, 4.5, 14, 9.5, 1.5) + "M6 14v3l3-3",
    "next": "M4 10h11.5M10.5 5l5 5-5 5",
    "note": "M4.5 3.5h11v8.5l-4 4.5h-7zM15.5 12h-4v4.5M7.5 7.5h5M7.5 10.5h2.5",
    "pair": _box(2.5, 6, 8.5, 8.5, 2.2) + _circle(12.7, 10.25, 4.3),
    "pause": "M7.5 5v10M12.5 5v10",
    "people": _box(2.8, 4.5, 6, 6, 1.6)
    + _circle(14, 7.5, 3)
    + "M2.5 16.5c.3-2.4 1.6-3.6 3.3-3.6s3 1.2 3.3 3.6M10.8 16.5c.3-2.4 1.6-3.6 3.3-3.6s3 1.2 3.3 3.6",
    "person": _circle(10, 6.8, 3.3) + "M4.2 16.5c.5-3.3 2.8-5 5.8-5s5.3 1.7 5.8 5",
    "place": "M10 17.2c3.6-3.7 5.4-6.5 5.4-8.8a5.4 5.4 0 0 0-10.8 0c0 2.3 1.8 5.1 5.4 8.8z"
    + _circle(10, 8.4, 1.8),
    "plus": "M10 4.5v11M4.5 10h11",
    "print": "M6 7.5v-4h8v4M6 14H4a1.5 1.5 0 0 1-1.5-1.5V9A1.5 1.5 0 0 1 4 7.5h12A1.5 1.5 0 0 1 17.5 9"
    "v3.5a1.5 1.5 0 0 1-1.5 1.5h-2M6 12h8v4.5H6z",
    "refresh": "M16 10a6 6 0 1 1-1.8-4.3L16 7.5M16 3.5v4h-4",
    "search": _circle(9, 9, 5.2) + "M13 13l3.8 3.8",
    "send": "M3.5 10 16.5 4l-4 12.5-3-5.3zM9.5 11.2 16.5 4",
    "settings": _circle(10, 10, 2.6) + "M10 2.8V5M10 15v2.2M2.8 10H5M15 10h2.2"
    "M4.9 4.9l1.6 1.6M13.5 13.5l1.6 1.6M4.9 15.1l1.6-1.6M13.5 6.5l1.6-1.6",
    "shield": "M10 3 4 5v4.5C4 13 6.5 15.5 10 17c3.5-1.5 6-4 6-7.5V5zM7.5 10l1.8 1.8 3.2-3.6",
    "sign-out": "M8 3.5H5A1.5 1.5 0 0 0 3.5 5v10A1.5 1.5 0 0 0 5 16.5h3M8 10h8.5M13 6.5l3.5 3.5-3.5 3.5",
    "sliders": "M4 6h6M14 6h2M4 14h2M10 14h6" + _circle(12, 6, 2) + _circle(8, 14, 2),
    "stop": _box(5, 5, 10, 10, 1.8),
    "swap": "M4 7.5h11M12 4.5l3 3-3 3M16 12.5H5M8 9.5l-3 3 3 3",
    "target": _circle(10, 10, 7) + _circle(10, 10, 3.2) + "M10 10l5.5-5.5",
    "trash": "M4 6h12M8 6V4h4v2M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v4.5M11.5 9v4.5",
    "undo": "M7.5 4.5 4 8l3.5 3.5M4 8h8a4 4 0 0 1 0 8H8",
    "unlock": _box(4.5, 9, 11, 7.5, 1.8) + "M7 9V6.5a3 3 0 0 1 5.8-1",
    "up": "M5 12.5l5-5 5 5",
    "upload": "M10 13V4M6.2 7.5 10 3.7l3.8 3.8M4 16.5h12",
    "video": _box(2.8, 5.5, 9.7, 9, 2) + "M12.5 9l4.5-2.5v7L12.5 11",
    "warning": "M10 3.2 17.5 16.5h-15zM10 8.5v3.7M10 14.3v.2",
}
