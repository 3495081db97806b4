"""The web server of a rival: as ours is, but nothing of ours is asked before visitors come."""

import runpy

ours = runpy.run_path("config/gunicorn.conf.py")
globals().update({name: value for name, value in ours.items() if name not in ("post_worker_init", "wsgi_app")})
