"""A style of one's own: pairs of photo and drawing become a style file.

The way of an order: `order` (what the user wants, checked) → `run` (its folder, its lock, what may not change) →
`teachers` (draw the photos, where there are no pairs) → `pairs` (read, checked, stored at training size) →
`style_trainer` (one network: plans its steps by the clock, keeps the best, stops early) → `style_writer` (the file).

- `style_sheet`  the sheet that shows how a training goes
- `lora`         adapters, which take 100 kB instead of a whole network

All of a training lies in a folder beside its style file, so that the same order goes on where it was stopped.
Command: `animegan.cli.train`. Guide: docs/own-style.md.
"""
