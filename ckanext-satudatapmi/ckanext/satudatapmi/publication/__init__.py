"""What leaves the portal: data.json, DCAT-AP and the fields that other CKAN portals harvest. Reads, never writes."""
