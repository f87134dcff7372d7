from IPython.display import HTML, SVG, Javascript, Markdown, display

display(HTML("<script>alert('html')</script>"), Javascript("alert('js')"), Markdown("<script>alert('md')</script>"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>alert('svg')</script></svg>"))
display({"application/vnd.jupyter.widget-view+json": {"model_id": "alert"}, "text/plain": "a plain word"}, raw=True)

def mean(doses):
    return sum(doses) / len(doses)
