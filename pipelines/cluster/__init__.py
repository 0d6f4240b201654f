"""Stages that run in a Ray cluster: the messages on the wire, the client, and a back-end a stage."""
