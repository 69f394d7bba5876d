"""What the page needs beside gradio: its words, its looks, and who its visitors are. Nothing here imports gradio."""
