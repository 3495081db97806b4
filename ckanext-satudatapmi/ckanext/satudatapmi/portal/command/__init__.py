"""The Command Center (`/pusat-kendali`): what disagrees, what changed, and what is silent."""
