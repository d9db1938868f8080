"""What every picture of the bench begins with: matplotlib without a screen, and a font that has Chinese."""

from __future__ import annotations

from typing import Any

CJK = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "SimHei", "PingFang SC")


def begun() -> tuple[Any, bool] | None:
    """``matplotlib.pyplot``, and whether Chinese can be written; None if matplotlib is not installed."""
    try:
        import matplotlib

        matplotlib.use("Agg")
        from matplotlib import font_manager, pyplot
    except ImportError:
        return None
    known = {font.name for font in font_manager.fontManager.ttflist}
    chinese = next((name for name in CJK if name in known), None)
    if chinese is not None:
        matplotlib.rcParams["font.sans-serif"] = [chinese, "DejaVu Sans"]
    return pyplot, chinese is not None
