"""The page without a server: a folder of static files that draws in the reader's own browser.

    python -m animegan embed site

folder     writes it, all of it or nothing
contents   what lies in it, and the manifest that names every file with its hash
app        its web app manifest and icons, by which it can be installed
npm        package.json, by which it is a package as well
networks   generators, restorers and the face finder as ONNX, compared with PyTorch
runtime    onnxruntime-web, which runs them
constants  the numbers that the browser's engine shares with Python, as JavaScript
site       what runs in the browser, without a build step: ``engine`` computes, ``page`` shows
words      licences and the folder's README
"""
