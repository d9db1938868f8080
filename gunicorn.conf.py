"""What gunicorn, started in this folder, does beside serving: a worker that stops puts its rounds back."""

import os
from typing import Any


def worker_exit(_server: Any, worker: Any) -> None:
    """Put the worker's rounds back, and if there were any end it at once: Python would wait for their solver."""
    from marketplace.jobs.own_runs import put_back_own_runs
    from marketplace.jobs.termination import leave

    app = getattr(worker, "wsgi", None)  # absent when the application could not be loaded
    if app is not None and put_back_own_runs(app) > 0:
        leave(0)


def child_exit(_server: Any, worker: Any) -> None:
    """Where processes share their counts in files, the one that has ended leaves nothing that is of it alone."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)
