"""Page images: structure, strict decoding, facts, text, derivatives and the PDF/A made of them."""
