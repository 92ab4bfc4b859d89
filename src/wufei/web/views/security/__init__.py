"""Pages of security: second factors, the audit log, looking through another's hat, an identity provider."""
