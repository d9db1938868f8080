"""For WSGI servers started in a checkout: ``gunicorn wsgi:app``; the same as ``marketplace.wsgi:app``."""

from marketplace.wsgi import app

__all__ = ["app"]
