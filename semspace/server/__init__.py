"""A space open to other programs: over HTTP, to an agent, and to the command line itself, which asks who has it open.

None of it is a second program: each is an entrance to `Space`. What is asked comes from strangers, so nobody may name a
model, a path or an address, everything has a limit, and nothing is written unless whoever started the server said so.

    wire  client         one line of JSON each way, over a socket in the space's folder; imports no numpy
    limits  refusals     how much may be asked; what is refused, with its status
    warm  desk           spaces that stay open; how many are served at once, and for how long
    fields  shapes  routes   what each route is asked and answers, written once
    openapi              the routes -> a document
    gate  calls  http    who may ask; what was asked; the application
    page                 one page that searches and shows the map
    connections  serving how long a connection may be silent; HTTP by uvicorn
    figures              what was asked so far
    listening            the server's end of the socket
    running  background  all of it in one process, until it is told to stop
    tools  agents  mcp   what an agent may do
"""
