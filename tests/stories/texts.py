"""Invented texts for scenarios: long enough to be compared, and unlike each other."""

from __future__ import annotations

# About 70 words each, no two with a sentence in common
REPORTS = {
    "plant": (
        "The maker of wind turbines Quorion will build a plant near Bergen in Norway, its board said in Oslo. The "
        "works cost 480 million euros and are to open in the spring of 2028 with 900 employees. Rotor blades of 115 "
        "metres will be cast there for wind farms in the North Sea. The region lends a third of the sum at a fixed "
        "rate. Neighbours fear for the fjord's herring, and a court in Stavanger will hear their complaint in "
        "February."
    ),
    "merger": (
        "Lumetra offers 31 dollars a share for its smaller rival Corvane, both makers of optical sensors announced. "
        "The price is a fifth above the last close and values the company at 2.4 billion dollars. Founder Imre "
        "Valdo, who holds 18 percent, has promised to sell. Regulators in Brussels and Washington must agree, which "
        "the parties expect within nine months. Analysts at Larkfield call the price generous and the savings of 70 "
        "million a year optimistic."
    ),
    "recall": (
        "Osmara calls 64,000 coffee machines back into its workshops because a valve can burst under pressure. "
        "Twelve customers in Austria and Italy were scalded, the company wrote to its dealers. Machines of the "
        "series Ristra made between March and August are affected. Owners get a new valve free of charge and may "
        "borrow another machine meanwhile. The supplier of the valve, a family firm from Brescia, has stopped its "
        "line and checks every batch by hand."
    ),
    "strike": (
        "Train drivers of the railway Tandril walk out from midnight for 36 hours, their union decided after talks "
        "broke down. Long-distance trains between Vienna and Zagreb stop altogether, and commuter lines run every "
        "second hour. The union asks for 7 percent more pay and a week of four days for shifts at night. Management "
        "offers 4.2 percent over two years. The minister of transport called on both sides to name a mediator "
        "before the holidays begin."
    ),
    "drug": (
        "A medicine of Hespera slows a rare disease of the eye by a third, a trial with 412 patients in nine "
        "countries found. After eighteen months those treated could read two lines more on the chart than the "
        "others. Headache was the most frequent side effect. The firm from Basel will ask the agencies in Europe "
        "and America for approval before the summer, and expects sales of 600 million francs at the peak. No other "
        "treatment is on the market."
    ),
}

COMPANIES = ("Quorion Werke AG", "Lumetra plc", "Osmara SpA", "Tandril Rail SE", "Hespera Pharma SA")
# A text of about 35 words for each company, as a regulatory wire sends them
NOTICES = {
    "Quorion Werke AG": (
        "The chief financial officer Signe Aalto bought 12,000 ordinary shares at a price of 41.20 euros on the "
        "Frankfurt exchange on Friday. After the purchase she holds 88,300 shares, which is 0.06 percent of the "
        "capital issued."
    ),
    "Lumetra plc": (
        "Non-executive chairman Gordon Pike sold 150,000 shares at 1,204 pence each to pay a tax that fell due when "
        "an award of the year 2023 vested. His remaining interest is 2.1 million shares held through a family "
        "trust."
    ),
    "Osmara SpA": (
        "Chiara Benedetti, a person closely associated with the head of sales, was granted 4,400 options under the "
        "plan for employees. They can be exercised from 2029 at 9.75 euros and lapse when her husband leaves the "
        "company."
    ),
    "Tandril Rail SE": (
        "The works council's member of the supervisory board, Joze Kranjc, acquired 300 shares at 17.05 euros "
        "through the savings programme for staff. No other dealing by a person with managerial duties took place in "
        "the quarter."
    ),
    "Hespera Pharma SA": (
        "Head of research Dr Lin Okafor exercised 25,000 performance rights at nil cost and kept all the stock. The "
        "transaction was made outside a trading venue in Zurich, and its value is put at 2.9 million francs in "
        "total."
    ),
}

BOILERPLATE = (
    "About the company: founded in 1908, the group employs 14,200 people in 31 countries and is listed in Frankfurt "
    "and London. Its brands stand for careful engineering and long service. Forward-looking statements rest on "
    "assumptions of the management that may prove wrong; nobody undertakes to bring them up to date. This release "
    "is no offer to buy securities in the United States, Canada, Australia or Japan. Photographs for editors may be "
    "ordered from the press office, which answers on working days between nine and five o'clock. Further "
    "information is on our pages for investors, where the calendar of results and the articles of association can "
    "be read in three languages."
)

# What an agency writes below any headline about a company: it decides nothing
BACKGROUND = (
    "The decision had been awaited for weeks and came shortly before the market closed. People close to the matter "
    "had spoken of long meetings in which lawyers of several offices took part. A spokeswoman gave no details and "
    "referred to a statement on Thursday. Investors had prepared for either outcome, traders said, and turnover was "
    "thin. The companies employ many people in the region, whose mayors had written letters to the ministers. "
    "Unions and suppliers will meet next week to talk about what follows for the works and for apprentices."
)
