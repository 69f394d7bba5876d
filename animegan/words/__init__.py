"""What people read, in every language; this room knows no Gradio.

messages   what a run says while it works, as codes with parameters
english    the page's texts
chinese    the same in Chinese, with chinese_errors
japanese   the same in Japanese, with japanese_errors
language   what a language consists of
languages  the languages by their codes
texts      puts a text, a message or an error into a language
"""
