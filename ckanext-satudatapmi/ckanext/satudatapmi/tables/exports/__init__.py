"""Tables as files for readers: plain forms with a column a field, and the form in which they were printed.

Each form is a module that writes a `table.Table` or a `wide.Wide`; none knows where the rows come from.
"""
