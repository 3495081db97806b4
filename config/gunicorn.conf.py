"""The web server: a master and two workers of four threads, behind which CKAN runs.

It is started with MALLOC_ARENA_MAX=2: with a pool of memory for each thread, as glibc has it, a worker keeps more than
it uses.
"""

import os
from pathlib import Path

bind = os.environ["SATUDATA_BIND"]
wsgi_app = "ckanext.satudatapmi.wsgi:application"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 120
graceful_timeout = 3
accesslog = str(Path(os.environ["SATUDATA_HOME"]) / "log" / "access.log")
worker_tmp_dir = os.environ["SATUDATA_HOME"]


def post_worker_init(_worker: object) -> None:
    """Have a worker answer before visitors come."""
    from ckanext.satudatapmi.wsgi import answer_ahead

    answer_ahead()
