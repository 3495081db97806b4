"""What other plugins of the site may implement."""

from __future__ import annotations

import ckan.plugins as p


class ITick(p.Interface):
    """For plugins that have something to do by the clock of the harvest."""

    def harvest_tick(self) -> None:
        """Do what is due, about once a minute; it has to be quick."""
