"""Folders of any size, on Ray Data: start, stop and go on; one machine or many; a row of a Parquet manifest a photo.

Needs the extra ``batch``.
"""
