"""Tables as agencies print them, made through LibreOffice from styled worksheets: see README.md."""
