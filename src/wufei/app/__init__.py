"""The rim: settings, the command line, the embedded database, the server, and the wiring of all rooms.

It is the only room that knows everyone, reads the environment, starts processes and listens on a port.
"""
