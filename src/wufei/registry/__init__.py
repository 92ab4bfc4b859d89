"""Who is who: people, their roles and organisations, and how an account is opened.

Later also sites, facilities, vehicles, permits and attachments. It stands on the catalogue: a role or an
organisation is a declared thing, and an account only carries its id.
"""
