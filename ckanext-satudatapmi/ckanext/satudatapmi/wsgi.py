"""The WSGI application for a production server; CKAN_INI names the configuration file."""

from __future__ import annotations

import gc
import os

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
# What is loaded now stays; the garbage collector need not go through it again and again (docs of `gc.freeze`).
gc.collect()
gc.freeze()
