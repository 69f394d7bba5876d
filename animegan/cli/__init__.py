"""The command line, one file per command; `animegan.__main__` joins them. Importing it is cheap."""
