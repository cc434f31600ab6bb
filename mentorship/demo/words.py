"""What the people of the Halden Group write.  Set once, so that the demo reads like work and not like filler."""

GOALS = (
    (
        "Lead the depot roster change from proposal to roll-out",
        "I take the new roster through works council and steering group, and all five lines run on it.",
        "The new roster is in use on all five lines.",
        "Write the two-page draft for the steering group.",
        "It is the first change I lead without my manager in the room.",
        ("Draft for the steering group", "Talk with the works council", "Pilot on one line"),
    ),
    (
        "Hold a feedback talk with each of my six people",
        "Each of the six has had half an hour with me and leaves with one thing to keep and one to try.",
        "Six talks held, and each of the six says it was of use.",
        "Book the first two talks.",
        "I have put this off since I became a lead.",
        ("Book the first two talks", "Hold three talks", "Hold all six"),
    ),
    (
        "Present our results to the board without reading them out",
        "At the autumn meeting I speak for ten minutes from three cards and answer questions.",
        "The talk is held, and two listeners tell me what they remember.",
        "Cut the slides from twenty to five.",
        "Being heard there decides whether the project goes on.",
        ("Cut the slides", "Rehearse with two colleagues"),
    ),
    (
        "Hand over the monthly close to the team",
        "Two colleagues run the monthly close by themselves, and I only look at the exceptions.",
        "Two closes in a row without me.",
        "Write down the eleven steps.",
        "I want my evenings back, and they want the work.",
        ("Write down the steps", "Do one together", "Let go of one"),
    ),
    (
        "Find out whether I want to lead a bigger unit",
        "I know from three conversations and one week of shadowing what the work really is.",
        "I can say yes or no, with two reasons.",
        "Ask two heads for half an hour.",
        "The post will be open in spring.",
        ("Talk with two heads", "Shadow for a week"),
    ),
)

SHARED_NOTES = (
    "We rehearsed the opening of the steering group talk. I start with the cost of doing nothing.",
    "Mapped who decides what. Two people I had left out.",
    "Went through the difficult talk line by line. Shorter sentences, and a pause before the answer.",
    "Looked back at the month: what took energy, what gave some.",
    "Made the list of what only I can do. It is shorter than I thought.",
)

PRIVATE_NOTES = (
    "I noticed that I defend the plan before anybody has attacked it.",
    "Say less next time. The silence worked.",
)

TOPICS = (
    "How do I say no to my old team without burning the bridge?",
    "What is the one decision you need from the steering group?",
    "Which meeting could I leave without anybody missing me?",
)

UPDATES = (
    "First talks held, they went better than feared.",
    "Slower than planned, the budget round came in between.",
    "On its way.",
)
