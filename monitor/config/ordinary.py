"""Ordinary words, English and German, that are also the capitals of a company, ticker or product."""

ORDINARY = frozenset(
    """
    able age aid aim air all an and any apple apps arc are area arm arms art as ask at au aus axa back bad bag
    bahn ball band bank bar base bass bay be bear bei best beta big bill bit block blue boa bold bolt book boot
    boss box bus but buy by call can cap car care cart case cash cat chef chip circle city clip club coin cool
    cop core cost cry cube cut dan das data day deal dell den der des die do dot dow duck ear eat edge ein ekg
    elf eon es es et fan farm fast fat fit fix flow fly foot for ford form fox free fun fuse game gap gas gem
    gen gift go gold good grab grow gut gym hand has hat haus he heat help her here high him hit home hope host
    hot hut i ice icon if ihr ii in ing ion iron is it its jack jet job joy just key kid kind king kit land last
    lead life light line link lion live love low luck mac mail main man mark mars mast match max may meat men
    met meta mid mind mine mint mode moon more most move ms mut nah name near net new nice nike node not note
    nova now null nun nut ocean of off oil old on one open or orange oracle out owl own page pan park path pay
    peak pen per pet pink plan play plug plus pm poll pool port post power prime pro pump pure quad rad rail
    rain ran rank rare raw real red rest rich ride ring rio rock root rose rot run safe sage sail salt sand sap
    save say sea see sell seven shell ship shop sie sign silk sky snap snow so sohn sold solo son space spot
    star stem step stone storm strom sun sure target team tell ten test the tide tie time tip to tod ton top tor
    tot toy trade trend true two und up us van via visa vital wait war was way we web well wert west wie wind
    wing wir wise wolf work yes you zeit zoom
    """.split()  # noqa: SIM905 -- a list of words is read and edited as words
)
