"""The fault table as a command: real server and worker processes are killed, stopped, starved and flooded, and counted.

Everything runs in a folder of its own that is gone afterwards.
"""
