"""The HTTP server in front of a claim: objects for the tenant, links and pages for people."""
