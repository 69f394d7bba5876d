"""Folders of any size, on Ray Data: start, stop and go on; one machine or many. Needs the extra ``batch``.

run       the way of a run: plan, draw on workers, a summary; and the `Worker`
plan      which photos and clips are drawn, and what their drawings and the run are called
task      what every worker must know
places    where photos come from and drawings go: folders, globs, object stores
manifest  what was made of each photo: Parquet, one row a photo
lock      one run at a time in one place
cluster   Ray, on this machine or on a cluster that runs
drawer    a process that draws, watched: within a limit of time and memory
child     that process
clips     draws clips, for that process
"""
