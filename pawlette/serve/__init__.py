"""DOOR: jobs that are never lost, drawn by worker processes and asked for over HTTP. Extra [serve]."""
