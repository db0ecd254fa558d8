#!/usr/bin/env python3
"""Writes the list of common passwords into Swift source.

    scripts/generate-common-passwords.py [--check]

Passwords of at least eight characters, lower case, as the well-known patterns make them: words that people take, with what
they put behind them. What merely repeats or counts is found by rule (CommonPasswords.swift) and not listed.
"""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TARGET = ROOT / "Sources/ControlPlane/Generated/CommonPasswordList.swift"
LINE = 110
SHORTEST = 8

# The word alone, and with a suffix.
WORDS = """
password passwort passw0rd p@ssword p@ssw0rd pa55word pa$$word pass1234 passpass motdepasse contraseña contrasena senha
salasana haslo heslo parola parool wachtwoord losenord kennwort geheim secret secreto topsecret letmein letmeinnow
welcome willkommen bienvenue bienvenido benvenuto welkom valkommen hello hallo hello1234 hola bonjour ciao
admin administrator adminadmin root rootroot toor superuser sysadmin operator manager support service helpdesk guest user
username default changeme change_me changeit changethis changemenow newpassword oldpassword mypassword thepassword
nopassword yourpassword userpassword adminpassword rootpassword masterpassword temporary temppass temp1234 test testtest
testing tester test1234 testuser demo demodemo sample example login logmein access accessdenied master masterkey
qwerty qwertz azerty qwertyui qwertyuiop qwertzuiop azertyuiop asdfasdf asdfghjk asdfghjkl asdf1234 zxcvbnm zxcvzxcv qwer1234
qweasdzxc qweasd qazwsx qazwsxedc 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 zaq12wsx zaq1zaq1 1qaz2wsx 1qazxsw2
1qaz2wsx3edc abc123 abcd1234 abcdefgh a1b2c3d4 aa123456 a123456 aaa111 abc12345 123abc 123qwe 123qweasd 1234qwer 12qwaszx
iloveyou iloveyou2 iloveu ilovehim iloveher iloveme ilovegod lovely loveme lovelove loveyou mylove trustno1 trustme
sunshine princess princesa dragon monkey shadow superman batman spiderman ironman wolverine hulk starwars startrek pokemon
pikachu naruto matrix gandalf hobbit frodo skywalker darthvader jedi hogwarts harrypotter gryffindor mickey minnie donald
snoopy garfield scooby simpsons bartman football futbol soccer baseball basketball hockey tennis golfer cricket rugby
liverpool arsenal chelsea manchester barcelona realmadrid juventus bayern dortmund ajax celtic rangers everton tottenham
yankees redsox cowboys steelers packers eagles lakers chicago bulls dolphins patriots raiders broncos giants warriors
mustang corvette ferrari porsche mercedes bmw audi volkswagen toyota honda yamaha kawasaki suzuki ducati harley harleydavidson
summer winter spring autumn january february march april june july august september october november december
monday tuesday wednesday thursday friday saturday sunday sommer sommer winter herbst verano invierno printemps hiver
michael jennifer jessica ashley amanda nicole daniel matthew andrew joshua christopher thomas robert william charlie
charles jordan hunter tigger buster killer george maggie pepper ginger hannah taylor michelle samantha elizabeth victoria
alexander alexandra nathalie benjamin jonathan nicholas patrick richard stephen steven anthony brandon justin austin
stephanie patricia veronica catherine katherine christine jasmine sebastian gabriel dominic vincent margaret barbara
andrea martina claudia francesco giovanni giuseppe alessandro antonio carlos fernando ricardo eduardo alejandro
thomas stefan andreas wolfgang matthias sabine susanne johannes sophie camille nicolas
cookie chocolate strawberry cheese banana orange pineapple cherry peanut butter coffee vanilla pumpkin pizza hamburger
computer internet windows microsoft macintosh apple google facebook twitter instagram linkedin youtube samsung android
iphone nintendo playstation xbox gamer gaming minecraft fortnite roblox callofduty counterstrike halflife warcraft
freedom liberty america american usa1776 england london paris berlin madrid roma newyork california texas florida canada
australia germany deutschland france espana italia portugal brasil mexico argentina russia moscow japan china india
whatever nothing something anything blahblah blah1234 fuckyou fuckoff asshole bullshit pussycat bigdick sexsex sexy
sexygirl hotgirl hotstuff playboy password1 rainbow unicorn butterfly flower rosebud daisy violet diamond crystal silver
golden purple yellow orange1 blackcat whitecat midnight moonlight starlight sunflower thunder lightning hurricane tornado
jesus jesuschrist christ heaven angel angels blessed faith forever family friends mother father brother sister grandma
babygirl babyboy sweetheart sweetie honey honeybee darling beautiful gorgeous handsome
company business office finance marketing sales security database server network cisco oracle postgres postgresql mysql
ubuntu debian linux docker kubernetes jenkins github gitlab sentry atoll changeme! letmein! welcome! correcthorse
monkey123 dragon123 tiger lion eagle falcon phoenix panther jaguar cobra viper scorpion spider wolf bear buffalo elephant
penguin dolphin shark turtle rabbit hamster kitten puppy doggy snowball snowman blizzard icecream lollipop
guitar piano drummer metallica nirvana slipknot acdc eminem tupac beatles elvis madonna rockstar rockandroll
soldier marine airforce army navy police fireman firefighter doctor nurse teacher student school college university
""".split()
SUFFIXES = ["", "1", "12", "123", "1234", "12345", "01", "99", "!", "1!", "123!", "2024", "2025", "2026"]
# Phrases of fifteen characters and more that are in every list.
PHRASES = """
passwordpassword password12345678 password123456789 passw0rdpassw0rd qwertyuiop123456 qwertyuiop[]asdf qwertyuiopasdfgh
1234567890qwerty 1234567890abcdef 123456789qwertyui qwerty1234567890 qwerty123456789 iloveyouiloveyou iloveyousomuch
iloveyouforever letmeinletmein letmeinplease adminadminadmin administrator123 administrator1234 welcome123456789
changemechangeme thisismypassword thisisapassword thisisasecret mypasswordis123 mysecretpassword supersecretpassword
superman123456789 opensesameopensesame openthedoorplease
tobeornottobe tobeornottobethatisthequestion maytheforcebewithyou thequickbrownfox thequickbrownfoxjumps
thequickbrownfoxjumpsoverthelazydog loremipsumdolor loremipsumdolorsitamet allworkandnoplay ilovemyfamily1234
ihatepasswords ihatepasswords1 iforgotmypassword idontknow123456 donotforgetthis dontforgetthis whatisthepassword
""".split()


def entries():
    found = {word.lower() for word in PHRASES if len(word) >= SHORTEST}
    for word in WORDS:
        for suffix in SUFFIXES:
            if len(word + suffix) >= SHORTEST:
                found.add((word + suffix).lower())
    return sorted(found)


def source():
    lines, line = [], ""
    for word in entries():
        word = word.replace("\\", "\\\\")
        if line and len(line) + 1 + len(word) > LINE:
            lines.append(line)
            line = ""
        line = f"{line} {word}" if line else word
    lines.append(line)
    text = "\n".join("    " + line for line in lines)
    return (
        "// Written by scripts/generate-common-passwords.py. Do not edit.\n\n"
        "/// Passwords that are tried first, with spaces between.\n"
        "enum CommonPasswordList {\n"
        '  static let text = #"""\n' + text + '\n    """#\n}\n')


if __name__ == "__main__":
    wanted = source()
    if "--check" in sys.argv[1:]:
        if not TARGET.exists() or TARGET.read_text() != wanted:
            sys.exit(f"{TARGET.relative_to(ROOT)} is not what scripts/generate-common-passwords.py writes: run it")
    else:
        TARGET.write_text(wanted)
        print(f"wrote {TARGET.relative_to(ROOT)}: {len(entries())} passwords")
