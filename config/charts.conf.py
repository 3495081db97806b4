"""The process that draws charts: nothing of CKAN runs in it, and only this machine reaches it."""

import os
from pathlib import Path

bind = os.environ["SATUDATA_CHARTS_BIND"]
wsgi_app = "ckanext.satudatapmi.portal.charts.server:application"
workers = 1
worker_class = "sync"
timeout = 30
graceful_timeout = 3
# V8 gives little of its memory back.
max_requests = 2000
worker_tmp_dir = os.environ["SATUDATA_HOME"]
# It is that of the web server, which has the same home.
control_socket_disable = True
accesslog = str(Path(os.environ["SATUDATA_HOME"]) / "log" / "charts.log")


def post_worker_init(_worker: object) -> None:
    """Have it draw once before somebody waits: V8 takes a second to start."""
    from ckanext.satudatapmi.portal.charts.server import draw_ahead

    draw_ahead()
