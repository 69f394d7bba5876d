"""What happens behind the page.

server    starts the page and ends it, without leaving files
runs      one run for one visitor, and the state that all events share
turns     who may use the model next
sessions  which files, pictures and runs belong to whom; they go when their visitor leaves
head      the head of the page's HTML, with language.js: title, icon, what links show
limits    how much a visitor may send
login     lets in only who knows the password, where there is one
http_api  the calls by plain HTTP; http_schema describes them, fetch gets photos from the web
cameras   draws the frames of the tab Live
workshop  trains styles, each in a process of its own
unzip     unpacks the pairs for that, and trusts nothing in them
"""
