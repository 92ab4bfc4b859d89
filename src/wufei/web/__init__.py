"""HTTP, pages, sessions and permissions; no arithmetic.

Every address declares who may open it (``policy``), every kind of item is declared once (``kinds``) and every
list once (``lists``). Pages are whole without JavaScript.
"""
