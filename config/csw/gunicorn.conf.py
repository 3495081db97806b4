"""The web server of the catalogue service: one question at a time a worker, as pycsw keeps some state for all."""

import os
from pathlib import Path

bind = os.environ["SATUDATA_CSW_BIND"]
wsgi_app = "service:application"
pythonpath = str(Path(__file__).parent)
workers = int(os.environ.get("CSW_CONCURRENCY", "2"))
timeout = 60
# The portal's gunicorn has that socket.
control_socket_disable = True
worker_tmp_dir = os.environ["SATUDATA_HOME"]
