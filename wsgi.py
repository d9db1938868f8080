"""For WSGI servers: ``gunicorn wsgi:app`` or ``waitress-serve wsgi:app``."""

import atexit

from marketplace.app import create_app
from marketplace.jobs.own_runs import put_back_own_runs

app = create_app()
atexit.register(put_back_own_runs, app)  # for servers without a hook of their own, as gunicorn.conf.py has one
