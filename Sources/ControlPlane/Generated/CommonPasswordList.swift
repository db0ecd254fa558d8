// Written by scripts/generate-common-passwords.py. Do not edit.

/// Passwords that are tried first, with spaces between.
enum CommonPasswordList {
  static let text = #"""
    1234567890abcdef 1234567890qwerty 123456789qwertyui 1234qwer 1234qwer! 1234qwer01 1234qwer1 1234qwer1!
    1234qwer12 1234qwer123 1234qwer123! 1234qwer1234 1234qwer12345 1234qwer2024 1234qwer2025 1234qwer2026
    1234qwer99 123abc01 123abc1! 123abc12 123abc123 123abc123! 123abc1234 123abc12345 123abc2024 123abc2025
    123abc2026 123abc99 123qwe01 123qwe1! 123qwe12 123qwe123 123qwe123! 123qwe1234 123qwe12345 123qwe2024
    123qwe2025 123qwe2026 123qwe99 123qweasd 123qweasd! 123qweasd01 123qweasd1 123qweasd1! 123qweasd12
    123qweasd123 123qweasd123! 123qweasd1234 123qweasd12345 123qweasd2024 123qweasd2025 123qweasd2026 123qweasd99
    12qwaszx 12qwaszx! 12qwaszx01 12qwaszx1 12qwaszx1! 12qwaszx12 12qwaszx123 12qwaszx123! 12qwaszx1234
    12qwaszx12345 12qwaszx2024 12qwaszx2025 12qwaszx2026 12qwaszx99 1q2w3e4r 1q2w3e4r! 1q2w3e4r01 1q2w3e4r1
    1q2w3e4r1! 1q2w3e4r12 1q2w3e4r123 1q2w3e4r123! 1q2w3e4r1234 1q2w3e4r12345 1q2w3e4r2024 1q2w3e4r2025
    1q2w3e4r2026 1q2w3e4r5t 1q2w3e4r5t! 1q2w3e4r5t01 1q2w3e4r5t1 1q2w3e4r5t1! 1q2w3e4r5t12 1q2w3e4r5t123
    1q2w3e4r5t123! 1q2w3e4r5t1234 1q2w3e4r5t12345 1q2w3e4r5t2024 1q2w3e4r5t2025 1q2w3e4r5t2026 1q2w3e4r5t6y
    1q2w3e4r5t6y! 1q2w3e4r5t6y01 1q2w3e4r5t6y1 1q2w3e4r5t6y1! 1q2w3e4r5t6y12 1q2w3e4r5t6y123 1q2w3e4r5t6y123!
    1q2w3e4r5t6y1234 1q2w3e4r5t6y12345 1q2w3e4r5t6y2024 1q2w3e4r5t6y2025 1q2w3e4r5t6y2026 1q2w3e4r5t6y99
    1q2w3e4r5t99 1q2w3e4r99 1qaz2wsx 1qaz2wsx! 1qaz2wsx01 1qaz2wsx1 1qaz2wsx1! 1qaz2wsx12 1qaz2wsx123 1qaz2wsx123!
    1qaz2wsx1234 1qaz2wsx12345 1qaz2wsx2024 1qaz2wsx2025 1qaz2wsx2026 1qaz2wsx3edc 1qaz2wsx3edc! 1qaz2wsx3edc01
    1qaz2wsx3edc1 1qaz2wsx3edc1! 1qaz2wsx3edc12 1qaz2wsx3edc123 1qaz2wsx3edc123! 1qaz2wsx3edc1234
    1qaz2wsx3edc12345 1qaz2wsx3edc2024 1qaz2wsx3edc2025 1qaz2wsx3edc2026 1qaz2wsx3edc99 1qaz2wsx99 1qazxsw2
    1qazxsw2! 1qazxsw201 1qazxsw21 1qazxsw21! 1qazxsw212 1qazxsw2123 1qazxsw2123! 1qazxsw21234 1qazxsw212345
    1qazxsw22024 1qazxsw22025 1qazxsw22026 1qazxsw299 a123456! a12345601 a1234561 a1234561! a12345612 a123456123
    a123456123! a1234561234 a12345612345 a1234562024 a1234562025 a1234562026 a12345699 a1b2c3d4 a1b2c3d4!
    a1b2c3d401 a1b2c3d41 a1b2c3d41! a1b2c3d412 a1b2c3d4123 a1b2c3d4123! a1b2c3d41234 a1b2c3d412345 a1b2c3d42024
    a1b2c3d42025 a1b2c3d42026 a1b2c3d499 aa123456 aa123456! aa12345601 aa1234561 aa1234561! aa12345612 aa123456123
    aa123456123! aa1234561234 aa12345612345 aa1234562024 aa1234562025 aa1234562026 aa12345699 aaa11101 aaa1111!
    aaa11112 aaa111123 aaa111123! aaa1111234 aaa11112345 aaa1112024 aaa1112025 aaa1112026 aaa11199 abc12301
    abc1231! abc12312 abc123123 abc123123! abc1231234 abc12312345 abc1232024 abc1232025 abc1232026 abc12345
    abc12345! abc1234501 abc123451 abc123451! abc1234512 abc12345123 abc12345123! abc123451234 abc1234512345
    abc123452024 abc123452025 abc123452026 abc1234599 abc12399 abcd1234 abcd1234! abcd123401 abcd12341 abcd12341!
    abcd123412 abcd1234123 abcd1234123! abcd12341234 abcd123412345 abcd12342024 abcd12342025 abcd12342026
    abcd123499 abcdefgh abcdefgh! abcdefgh01 abcdefgh1 abcdefgh1! abcdefgh12 abcdefgh123 abcdefgh123! abcdefgh1234
    abcdefgh12345 abcdefgh2024 abcdefgh2025 abcdefgh2026 abcdefgh99 access01 access1! access12 access123
    access123! access1234 access12345 access2024 access2025 access2026 access99 accessdenied accessdenied!
    accessdenied01 accessdenied1 accessdenied1! accessdenied12 accessdenied123 accessdenied123! accessdenied1234
    accessdenied12345 accessdenied2024 accessdenied2025 accessdenied2026 accessdenied99 acdc123! acdc1234
    acdc12345 acdc2024 acdc2025 acdc2026 admin123 admin123! admin1234 admin12345 admin2024 admin2025 admin2026
    adminadmin adminadmin! adminadmin01 adminadmin1 adminadmin1! adminadmin12 adminadmin123 adminadmin123!
    adminadmin1234 adminadmin12345 adminadmin2024 adminadmin2025 adminadmin2026 adminadmin99 adminadminadmin
    administrator administrator! administrator01 administrator1 administrator1! administrator12 administrator123
    administrator123! administrator1234 administrator12345 administrator2024 administrator2025 administrator2026
    administrator99 adminpassword adminpassword! adminpassword01 adminpassword1 adminpassword1! adminpassword12
    adminpassword123 adminpassword123! adminpassword1234 adminpassword12345 adminpassword2024 adminpassword2025
    adminpassword2026 adminpassword99 airforce airforce! airforce01 airforce1 airforce1! airforce12 airforce123
    airforce123! airforce1234 airforce12345 airforce2024 airforce2025 airforce2026 airforce99 ajax123! ajax1234
    ajax12345 ajax2024 ajax2025 ajax2026 alejandro alejandro! alejandro01 alejandro1 alejandro1! alejandro12
    alejandro123 alejandro123! alejandro1234 alejandro12345 alejandro2024 alejandro2025 alejandro2026 alejandro99
    alessandro alessandro! alessandro01 alessandro1 alessandro1! alessandro12 alessandro123 alessandro123!
    alessandro1234 alessandro12345 alessandro2024 alessandro2025 alessandro2026 alessandro99 alexander alexander!
    alexander01 alexander1 alexander1! alexander12 alexander123 alexander123! alexander1234 alexander12345
    alexander2024 alexander2025 alexander2026 alexander99 alexandra alexandra! alexandra01 alexandra1 alexandra1!
    alexandra12 alexandra123 alexandra123! alexandra1234 alexandra12345 alexandra2024 alexandra2025 alexandra2026
    alexandra99 allworkandnoplay amanda01 amanda1! amanda12 amanda123 amanda123! amanda1234 amanda12345 amanda2024
    amanda2025 amanda2026 amanda99 america! america01 america1 america1! america12 america123 america123!
    america1234 america12345 america2024 america2025 america2026 america99 american american! american01 american1
    american1! american12 american123 american123! american1234 american12345 american2024 american2025
    american2026 american99 andrea01 andrea1! andrea12 andrea123 andrea123! andrea1234 andrea12345 andrea2024
    andrea2025 andrea2026 andrea99 andreas! andreas01 andreas1 andreas1! andreas12 andreas123 andreas123!
    andreas1234 andreas12345 andreas2024 andreas2025 andreas2026 andreas99 andrew01 andrew1! andrew12 andrew123
    andrew123! andrew1234 andrew12345 andrew2024 andrew2025 andrew2026 andrew99 android! android01 android1
    android1! android12 android123 android123! android1234 android12345 android2024 android2025 android2026
    android99 angel123 angel123! angel1234 angel12345 angel2024 angel2025 angel2026 angels01 angels1! angels12
    angels123 angels123! angels1234 angels12345 angels2024 angels2025 angels2026 angels99 anthony! anthony01
    anthony1 anthony1! anthony12 anthony123 anthony123! anthony1234 anthony12345 anthony2024 anthony2025
    anthony2026 anthony99 antonio! antonio01 antonio1 antonio1! antonio12 antonio123 antonio123! antonio1234
    antonio12345 antonio2024 antonio2025 antonio2026 antonio99 anything anything! anything01 anything1 anything1!
    anything12 anything123 anything123! anything1234 anything12345 anything2024 anything2025 anything2026
    anything99 apple123 apple123! apple1234 apple12345 apple2024 apple2025 apple2026 april123 april123! april1234
    april12345 april2024 april2025 april2026 argentina argentina! argentina01 argentina1 argentina1! argentina12
    argentina123 argentina123! argentina1234 argentina12345 argentina2024 argentina2025 argentina2026 argentina99
    army123! army1234 army12345 army2024 army2025 army2026 arsenal! arsenal01 arsenal1 arsenal1! arsenal12
    arsenal123 arsenal123! arsenal1234 arsenal12345 arsenal2024 arsenal2025 arsenal2026 arsenal99 asdf1234
    asdf1234! asdf123401 asdf12341 asdf12341! asdf123412 asdf1234123 asdf1234123! asdf12341234 asdf123412345
    asdf12342024 asdf12342025 asdf12342026 asdf123499 asdfasdf asdfasdf! asdfasdf01 asdfasdf1 asdfasdf1!
    asdfasdf12 asdfasdf123 asdfasdf123! asdfasdf1234 asdfasdf12345 asdfasdf2024 asdfasdf2025 asdfasdf2026
    asdfasdf99 asdfghjk asdfghjk! asdfghjk01 asdfghjk1 asdfghjk1! asdfghjk12 asdfghjk123 asdfghjk123! asdfghjk1234
    asdfghjk12345 asdfghjk2024 asdfghjk2025 asdfghjk2026 asdfghjk99 asdfghjkl asdfghjkl! asdfghjkl01 asdfghjkl1
    asdfghjkl1! asdfghjkl12 asdfghjkl123 asdfghjkl123! asdfghjkl1234 asdfghjkl12345 asdfghjkl2024 asdfghjkl2025
    asdfghjkl2026 asdfghjkl99 ashley01 ashley1! ashley12 ashley123 ashley123! ashley1234 ashley12345 ashley2024
    ashley2025 ashley2026 ashley99 asshole! asshole01 asshole1 asshole1! asshole12 asshole123 asshole123!
    asshole1234 asshole12345 asshole2024 asshole2025 asshole2026 asshole99 atoll123 atoll123! atoll1234 atoll12345
    atoll2024 atoll2025 atoll2026 audi123! audi1234 audi12345 audi2024 audi2025 audi2026 august01 august1!
    august12 august123 august123! august1234 august12345 august2024 august2025 august2026 august99 austin01
    austin1! austin12 austin123 austin123! austin1234 austin12345 austin2024 austin2025 austin2026 austin99
    australia australia! australia01 australia1 australia1! australia12 australia123 australia123! australia1234
    australia12345 australia2024 australia2025 australia2026 australia99 autumn01 autumn1! autumn12 autumn123
    autumn123! autumn1234 autumn12345 autumn2024 autumn2025 autumn2026 autumn99 azerty01 azerty1! azerty12
    azerty123 azerty123! azerty1234 azerty12345 azerty2024 azerty2025 azerty2026 azerty99 azertyuiop azertyuiop!
    azertyuiop01 azertyuiop1 azertyuiop1! azertyuiop12 azertyuiop123 azertyuiop123! azertyuiop1234 azertyuiop12345
    azertyuiop2024 azertyuiop2025 azertyuiop2026 azertyuiop99 babyboy! babyboy01 babyboy1 babyboy1! babyboy12
    babyboy123 babyboy123! babyboy1234 babyboy12345 babyboy2024 babyboy2025 babyboy2026 babyboy99 babygirl
    babygirl! babygirl01 babygirl1 babygirl1! babygirl12 babygirl123 babygirl123! babygirl1234 babygirl12345
    babygirl2024 babygirl2025 babygirl2026 babygirl99 banana01 banana1! banana12 banana123 banana123! banana1234
    banana12345 banana2024 banana2025 banana2026 banana99 barbara! barbara01 barbara1 barbara1! barbara12
    barbara123 barbara123! barbara1234 barbara12345 barbara2024 barbara2025 barbara2026 barbara99 barcelona
    barcelona! barcelona01 barcelona1 barcelona1! barcelona12 barcelona123 barcelona123! barcelona1234
    barcelona12345 barcelona2024 barcelona2025 barcelona2026 barcelona99 bartman! bartman01 bartman1 bartman1!
    bartman12 bartman123 bartman123! bartman1234 bartman12345 bartman2024 bartman2025 bartman2026 bartman99
    baseball baseball! baseball01 baseball1 baseball1! baseball12 baseball123 baseball123! baseball1234
    baseball12345 baseball2024 baseball2025 baseball2026 baseball99 basketball basketball! basketball01
    basketball1 basketball1! basketball12 basketball123 basketball123! basketball1234 basketball12345
    basketball2024 basketball2025 basketball2026 basketball99 batman01 batman1! batman12 batman123 batman123!
    batman1234 batman12345 batman2024 batman2025 batman2026 batman99 bayern01 bayern1! bayern12 bayern123
    bayern123! bayern1234 bayern12345 bayern2024 bayern2025 bayern2026 bayern99 bear123! bear1234 bear12345
    bear2024 bear2025 bear2026 beatles! beatles01 beatles1 beatles1! beatles12 beatles123 beatles123! beatles1234
    beatles12345 beatles2024 beatles2025 beatles2026 beatles99 beautiful beautiful! beautiful01 beautiful1
    beautiful1! beautiful12 beautiful123 beautiful123! beautiful1234 beautiful12345 beautiful2024 beautiful2025
    beautiful2026 beautiful99 benjamin benjamin! benjamin01 benjamin1 benjamin1! benjamin12 benjamin123
    benjamin123! benjamin1234 benjamin12345 benjamin2024 benjamin2025 benjamin2026 benjamin99 benvenuto benvenuto!
    benvenuto01 benvenuto1 benvenuto1! benvenuto12 benvenuto123 benvenuto123! benvenuto1234 benvenuto12345
    benvenuto2024 benvenuto2025 benvenuto2026 benvenuto99 berlin01 berlin1! berlin12 berlin123 berlin123!
    berlin1234 berlin12345 berlin2024 berlin2025 berlin2026 berlin99 bienvenido bienvenido! bienvenido01
    bienvenido1 bienvenido1! bienvenido12 bienvenido123 bienvenido123! bienvenido1234 bienvenido12345
    bienvenido2024 bienvenido2025 bienvenido2026 bienvenido99 bienvenue bienvenue! bienvenue01 bienvenue1
    bienvenue1! bienvenue12 bienvenue123 bienvenue123! bienvenue1234 bienvenue12345 bienvenue2024 bienvenue2025
    bienvenue2026 bienvenue99 bigdick! bigdick01 bigdick1 bigdick1! bigdick12 bigdick123 bigdick123! bigdick1234
    bigdick12345 bigdick2024 bigdick2025 bigdick2026 bigdick99 blackcat blackcat! blackcat01 blackcat1 blackcat1!
    blackcat12 blackcat123 blackcat123! blackcat1234 blackcat12345 blackcat2024 blackcat2025 blackcat2026
    blackcat99 blah1234 blah1234! blah123401 blah12341 blah12341! blah123412 blah1234123 blah1234123! blah12341234
    blah123412345 blah12342024 blah12342025 blah12342026 blah123499 blahblah blahblah! blahblah01 blahblah1
    blahblah1! blahblah12 blahblah123 blahblah123! blahblah1234 blahblah12345 blahblah2024 blahblah2025
    blahblah2026 blahblah99 blessed! blessed01 blessed1 blessed1! blessed12 blessed123 blessed123! blessed1234
    blessed12345 blessed2024 blessed2025 blessed2026 blessed99 blizzard blizzard! blizzard01 blizzard1 blizzard1!
    blizzard12 blizzard123 blizzard123! blizzard1234 blizzard12345 blizzard2024 blizzard2025 blizzard2026
    blizzard99 bmw12345 bonjour! bonjour01 bonjour1 bonjour1! bonjour12 bonjour123 bonjour123! bonjour1234
    bonjour12345 bonjour2024 bonjour2025 bonjour2026 bonjour99 brandon! brandon01 brandon1 brandon1! brandon12
    brandon123 brandon123! brandon1234 brandon12345 brandon2024 brandon2025 brandon2026 brandon99 brasil01
    brasil1! brasil12 brasil123 brasil123! brasil1234 brasil12345 brasil2024 brasil2025 brasil2026 brasil99
    broncos! broncos01 broncos1 broncos1! broncos12 broncos123 broncos123! broncos1234 broncos12345 broncos2024
    broncos2025 broncos2026 broncos99 brother! brother01 brother1 brother1! brother12 brother123 brother123!
    brother1234 brother12345 brother2024 brother2025 brother2026 brother99 buffalo! buffalo01 buffalo1 buffalo1!
    buffalo12 buffalo123 buffalo123! buffalo1234 buffalo12345 buffalo2024 buffalo2025 buffalo2026 buffalo99
    bulls123 bulls123! bulls1234 bulls12345 bulls2024 bulls2025 bulls2026 bullshit bullshit! bullshit01 bullshit1
    bullshit1! bullshit12 bullshit123 bullshit123! bullshit1234 bullshit12345 bullshit2024 bullshit2025
    bullshit2026 bullshit99 business business! business01 business1 business1! business12 business123 business123!
    business1234 business12345 business2024 business2025 business2026 business99 buster01 buster1! buster12
    buster123 buster123! buster1234 buster12345 buster2024 buster2025 buster2026 buster99 butter01 butter1!
    butter12 butter123 butter123! butter1234 butter12345 butter2024 butter2025 butter2026 butter99 butterfly
    butterfly! butterfly01 butterfly1 butterfly1! butterfly12 butterfly123 butterfly123! butterfly1234
    butterfly12345 butterfly2024 butterfly2025 butterfly2026 butterfly99 california california! california01
    california1 california1! california12 california123 california123! california1234 california12345
    california2024 california2025 california2026 california99 callofduty callofduty! callofduty01 callofduty1
    callofduty1! callofduty12 callofduty123 callofduty123! callofduty1234 callofduty12345 callofduty2024
    callofduty2025 callofduty2026 callofduty99 camille! camille01 camille1 camille1! camille12 camille123
    camille123! camille1234 camille12345 camille2024 camille2025 camille2026 camille99 canada01 canada1! canada12
    canada123 canada123! canada1234 canada12345 canada2024 canada2025 canada2026 canada99 carlos01 carlos1!
    carlos12 carlos123 carlos123! carlos1234 carlos12345 carlos2024 carlos2025 carlos2026 carlos99 catherine
    catherine! catherine01 catherine1 catherine1! catherine12 catherine123 catherine123! catherine1234
    catherine12345 catherine2024 catherine2025 catherine2026 catherine99 celtic01 celtic1! celtic12 celtic123
    celtic123! celtic1234 celtic12345 celtic2024 celtic2025 celtic2026 celtic99 change_me change_me! change_me01
    change_me1 change_me1! change_me12 change_me123 change_me123! change_me1234 change_me12345 change_me2024
    change_me2025 change_me2026 change_me99 changeit changeit! changeit01 changeit1 changeit1! changeit12
    changeit123 changeit123! changeit1234 changeit12345 changeit2024 changeit2025 changeit2026 changeit99 changeme
    changeme! changeme!! changeme!01 changeme!1 changeme!1! changeme!12 changeme!123 changeme!123! changeme!1234
    changeme!12345 changeme!2024 changeme!2025 changeme!2026 changeme!99 changeme01 changeme1 changeme1!
    changeme12 changeme123 changeme123! changeme1234 changeme12345 changeme2024 changeme2025 changeme2026
    changeme99 changemechangeme changemenow changemenow! changemenow01 changemenow1 changemenow1! changemenow12
    changemenow123 changemenow123! changemenow1234 changemenow12345 changemenow2024 changemenow2025
    changemenow2026 changemenow99 changethis changethis! changethis01 changethis1 changethis1! changethis12
    changethis123 changethis123! changethis1234 changethis12345 changethis2024 changethis2025 changethis2026
    changethis99 charles! charles01 charles1 charles1! charles12 charles123 charles123! charles1234 charles12345
    charles2024 charles2025 charles2026 charles99 charlie! charlie01 charlie1 charlie1! charlie12 charlie123
    charlie123! charlie1234 charlie12345 charlie2024 charlie2025 charlie2026 charlie99 cheese01 cheese1! cheese12
    cheese123 cheese123! cheese1234 cheese12345 cheese2024 cheese2025 cheese2026 cheese99 chelsea! chelsea01
    chelsea1 chelsea1! chelsea12 chelsea123 chelsea123! chelsea1234 chelsea12345 chelsea2024 chelsea2025
    chelsea2026 chelsea99 cherry01 cherry1! cherry12 cherry123 cherry123! cherry1234 cherry12345 cherry2024
    cherry2025 cherry2026 cherry99 chicago! chicago01 chicago1 chicago1! chicago12 chicago123 chicago123!
    chicago1234 chicago12345 chicago2024 chicago2025 chicago2026 chicago99 china123 china123! china1234 china12345
    china2024 china2025 china2026 chocolate chocolate! chocolate01 chocolate1 chocolate1! chocolate12 chocolate123
    chocolate123! chocolate1234 chocolate12345 chocolate2024 chocolate2025 chocolate2026 chocolate99 christ01
    christ1! christ12 christ123 christ123! christ1234 christ12345 christ2024 christ2025 christ2026 christ99
    christine christine! christine01 christine1 christine1! christine12 christine123 christine123! christine1234
    christine12345 christine2024 christine2025 christine2026 christine99 christopher christopher! christopher01
    christopher1 christopher1! christopher12 christopher123 christopher123! christopher1234 christopher12345
    christopher2024 christopher2025 christopher2026 christopher99 ciao123! ciao1234 ciao12345 ciao2024 ciao2025
    ciao2026 cisco123 cisco123! cisco1234 cisco12345 cisco2024 cisco2025 cisco2026 claudia! claudia01 claudia1
    claudia1! claudia12 claudia123 claudia123! claudia1234 claudia12345 claudia2024 claudia2025 claudia2026
    claudia99 cobra123 cobra123! cobra1234 cobra12345 cobra2024 cobra2025 cobra2026 coffee01 coffee1! coffee12
    coffee123 coffee123! coffee1234 coffee12345 coffee2024 coffee2025 coffee2026 coffee99 college! college01
    college1 college1! college12 college123 college123! college1234 college12345 college2024 college2025
    college2026 college99 company! company01 company1 company1! company12 company123 company123! company1234
    company12345 company2024 company2025 company2026 company99 computer computer! computer01 computer1 computer1!
    computer12 computer123 computer123! computer1234 computer12345 computer2024 computer2025 computer2026
    computer99 contrasena contrasena! contrasena01 contrasena1 contrasena1! contrasena12 contrasena123
    contrasena123! contrasena1234 contrasena12345 contrasena2024 contrasena2025 contrasena2026 contrasena99
    contraseña contraseña! contraseña01 contraseña1 contraseña1! contraseña12 contraseña123 contraseña123!
    contraseña1234 contraseña12345 contraseña2024 contraseña2025 contraseña2026 contraseña99 cookie01 cookie1!
    cookie12 cookie123 cookie123! cookie1234 cookie12345 cookie2024 cookie2025 cookie2026 cookie99 correcthorse
    correcthorse! correcthorse01 correcthorse1 correcthorse1! correcthorse12 correcthorse123 correcthorse123!
    correcthorse1234 correcthorse12345 correcthorse2024 correcthorse2025 correcthorse2026 correcthorse99 corvette
    corvette! corvette01 corvette1 corvette1! corvette12 corvette123 corvette123! corvette1234 corvette12345
    corvette2024 corvette2025 corvette2026 corvette99 counterstrike counterstrike! counterstrike01 counterstrike1
    counterstrike1! counterstrike12 counterstrike123 counterstrike123! counterstrike1234 counterstrike12345
    counterstrike2024 counterstrike2025 counterstrike2026 counterstrike99 cowboys! cowboys01 cowboys1 cowboys1!
    cowboys12 cowboys123 cowboys123! cowboys1234 cowboys12345 cowboys2024 cowboys2025 cowboys2026 cowboys99
    cricket! cricket01 cricket1 cricket1! cricket12 cricket123 cricket123! cricket1234 cricket12345 cricket2024
    cricket2025 cricket2026 cricket99 crystal! crystal01 crystal1 crystal1! crystal12 crystal123 crystal123!
    crystal1234 crystal12345 crystal2024 crystal2025 crystal2026 crystal99 daisy123 daisy123! daisy1234 daisy12345
    daisy2024 daisy2025 daisy2026 daniel01 daniel1! daniel12 daniel123 daniel123! daniel1234 daniel12345
    daniel2024 daniel2025 daniel2026 daniel99 darling! darling01 darling1 darling1! darling12 darling123
    darling123! darling1234 darling12345 darling2024 darling2025 darling2026 darling99 darthvader darthvader!
    darthvader01 darthvader1 darthvader1! darthvader12 darthvader123 darthvader123! darthvader1234 darthvader12345
    darthvader2024 darthvader2025 darthvader2026 darthvader99 database database! database01 database1 database1!
    database12 database123 database123! database1234 database12345 database2024 database2025 database2026
    database99 debian01 debian1! debian12 debian123 debian123! debian1234 debian12345 debian2024 debian2025
    debian2026 debian99 december december! december01 december1 december1! december12 december123 december123!
    december1234 december12345 december2024 december2025 december2026 december99 default! default01 default1
    default1! default12 default123 default123! default1234 default12345 default2024 default2025 default2026
    default99 demo123! demo1234 demo12345 demo2024 demo2025 demo2026 demodemo demodemo! demodemo01 demodemo1
    demodemo1! demodemo12 demodemo123 demodemo123! demodemo1234 demodemo12345 demodemo2024 demodemo2025
    demodemo2026 demodemo99 deutschland deutschland! deutschland01 deutschland1 deutschland1! deutschland12
    deutschland123 deutschland123! deutschland1234 deutschland12345 deutschland2024 deutschland2025
    deutschland2026 deutschland99 diamond! diamond01 diamond1 diamond1! diamond12 diamond123 diamond123!
    diamond1234 diamond12345 diamond2024 diamond2025 diamond2026 diamond99 docker01 docker1! docker12 docker123
    docker123! docker1234 docker12345 docker2024 docker2025 docker2026 docker99 doctor01 doctor1! doctor12
    doctor123 doctor123! doctor1234 doctor12345 doctor2024 doctor2025 doctor2026 doctor99 doggy123 doggy123!
    doggy1234 doggy12345 doggy2024 doggy2025 doggy2026 dolphin! dolphin01 dolphin1 dolphin1! dolphin12 dolphin123
    dolphin123! dolphin1234 dolphin12345 dolphin2024 dolphin2025 dolphin2026 dolphin99 dolphins dolphins!
    dolphins01 dolphins1 dolphins1! dolphins12 dolphins123 dolphins123! dolphins1234 dolphins12345 dolphins2024
    dolphins2025 dolphins2026 dolphins99 dominic! dominic01 dominic1 dominic1! dominic12 dominic123 dominic123!
    dominic1234 dominic12345 dominic2024 dominic2025 dominic2026 dominic99 donald01 donald1! donald12 donald123
    donald123! donald1234 donald12345 donald2024 donald2025 donald2026 donald99 donotforgetthis dontforgetthis
    dortmund dortmund! dortmund01 dortmund1 dortmund1! dortmund12 dortmund123 dortmund123! dortmund1234
    dortmund12345 dortmund2024 dortmund2025 dortmund2026 dortmund99 dragon01 dragon1! dragon12 dragon123
    dragon123! dragon12301 dragon1231 dragon1231! dragon12312 dragon123123 dragon123123! dragon1231234
    dragon12312345 dragon1232024 dragon1232025 dragon1232026 dragon1234 dragon12345 dragon12399 dragon2024
    dragon2025 dragon2026 dragon99 drummer! drummer01 drummer1 drummer1! drummer12 drummer123 drummer123!
    drummer1234 drummer12345 drummer2024 drummer2025 drummer2026 drummer99 ducati01 ducati1! ducati12 ducati123
    ducati123! ducati1234 ducati12345 ducati2024 ducati2025 ducati2026 ducati99 eagle123 eagle123! eagle1234
    eagle12345 eagle2024 eagle2025 eagle2026 eagles01 eagles1! eagles12 eagles123 eagles123! eagles1234
    eagles12345 eagles2024 eagles2025 eagles2026 eagles99 eduardo! eduardo01 eduardo1 eduardo1! eduardo12
    eduardo123 eduardo123! eduardo1234 eduardo12345 eduardo2024 eduardo2025 eduardo2026 eduardo99 elephant
    elephant! elephant01 elephant1 elephant1! elephant12 elephant123 elephant123! elephant1234 elephant12345
    elephant2024 elephant2025 elephant2026 elephant99 elizabeth elizabeth! elizabeth01 elizabeth1 elizabeth1!
    elizabeth12 elizabeth123 elizabeth123! elizabeth1234 elizabeth12345 elizabeth2024 elizabeth2025 elizabeth2026
    elizabeth99 elvis123 elvis123! elvis1234 elvis12345 elvis2024 elvis2025 elvis2026 eminem01 eminem1! eminem12
    eminem123 eminem123! eminem1234 eminem12345 eminem2024 eminem2025 eminem2026 eminem99 england! england01
    england1 england1! england12 england123 england123! england1234 england12345 england2024 england2025
    england2026 england99 espana01 espana1! espana12 espana123 espana123! espana1234 espana12345 espana2024
    espana2025 espana2026 espana99 everton! everton01 everton1 everton1! everton12 everton123 everton123!
    everton1234 everton12345 everton2024 everton2025 everton2026 everton99 example! example01 example1 example1!
    example12 example123 example123! example1234 example12345 example2024 example2025 example2026 example99
    facebook facebook! facebook01 facebook1 facebook1! facebook12 facebook123 facebook123! facebook1234
    facebook12345 facebook2024 facebook2025 facebook2026 facebook99 faith123 faith123! faith1234 faith12345
    faith2024 faith2025 faith2026 falcon01 falcon1! falcon12 falcon123 falcon123! falcon1234 falcon12345
    falcon2024 falcon2025 falcon2026 falcon99 family01 family1! family12 family123 family123! family1234
    family12345 family2024 family2025 family2026 family99 father01 father1! father12 father123 father123!
    father1234 father12345 father2024 father2025 father2026 father99 february february! february01 february1
    february1! february12 february123 february123! february1234 february12345 february2024 february2025
    february2026 february99 fernando fernando! fernando01 fernando1 fernando1! fernando12 fernando123 fernando123!
    fernando1234 fernando12345 fernando2024 fernando2025 fernando2026 fernando99 ferrari! ferrari01 ferrari1
    ferrari1! ferrari12 ferrari123 ferrari123! ferrari1234 ferrari12345 ferrari2024 ferrari2025 ferrari2026
    ferrari99 finance! finance01 finance1 finance1! finance12 finance123 finance123! finance1234 finance12345
    finance2024 finance2025 finance2026 finance99 firefighter firefighter! firefighter01 firefighter1
    firefighter1! firefighter12 firefighter123 firefighter123! firefighter1234 firefighter12345 firefighter2024
    firefighter2025 firefighter2026 firefighter99 fireman! fireman01 fireman1 fireman1! fireman12 fireman123
    fireman123! fireman1234 fireman12345 fireman2024 fireman2025 fireman2026 fireman99 florida! florida01 florida1
    florida1! florida12 florida123 florida123! florida1234 florida12345 florida2024 florida2025 florida2026
    florida99 flower01 flower1! flower12 flower123 flower123! flower1234 flower12345 flower2024 flower2025
    flower2026 flower99 football football! football01 football1 football1! football12 football123 football123!
    football1234 football12345 football2024 football2025 football2026 football99 forever! forever01 forever1
    forever1! forever12 forever123 forever123! forever1234 forever12345 forever2024 forever2025 forever2026
    forever99 fortnite fortnite! fortnite01 fortnite1 fortnite1! fortnite12 fortnite123 fortnite123! fortnite1234
    fortnite12345 fortnite2024 fortnite2025 fortnite2026 fortnite99 france01 france1! france12 france123
    france123! france1234 france12345 france2024 france2025 france2026 france99 francesco francesco! francesco01
    francesco1 francesco1! francesco12 francesco123 francesco123! francesco1234 francesco12345 francesco2024
    francesco2025 francesco2026 francesco99 freedom! freedom01 freedom1 freedom1! freedom12 freedom123 freedom123!
    freedom1234 freedom12345 freedom2024 freedom2025 freedom2026 freedom99 friday01 friday1! friday12 friday123
    friday123! friday1234 friday12345 friday2024 friday2025 friday2026 friday99 friends! friends01 friends1
    friends1! friends12 friends123 friends123! friends1234 friends12345 friends2024 friends2025 friends2026
    friends99 frodo123 frodo123! frodo1234 frodo12345 frodo2024 frodo2025 frodo2026 fuckoff! fuckoff01 fuckoff1
    fuckoff1! fuckoff12 fuckoff123 fuckoff123! fuckoff1234 fuckoff12345 fuckoff2024 fuckoff2025 fuckoff2026
    fuckoff99 fuckyou! fuckyou01 fuckyou1 fuckyou1! fuckyou12 fuckyou123 fuckyou123! fuckyou1234 fuckyou12345
    fuckyou2024 fuckyou2025 fuckyou2026 fuckyou99 futbol01 futbol1! futbol12 futbol123 futbol123! futbol1234
    futbol12345 futbol2024 futbol2025 futbol2026 futbol99 gabriel! gabriel01 gabriel1 gabriel1! gabriel12
    gabriel123 gabriel123! gabriel1234 gabriel12345 gabriel2024 gabriel2025 gabriel2026 gabriel99 gamer123
    gamer123! gamer1234 gamer12345 gamer2024 gamer2025 gamer2026 gaming01 gaming1! gaming12 gaming123 gaming123!
    gaming1234 gaming12345 gaming2024 gaming2025 gaming2026 gaming99 gandalf! gandalf01 gandalf1 gandalf1!
    gandalf12 gandalf123 gandalf123! gandalf1234 gandalf12345 gandalf2024 gandalf2025 gandalf2026 gandalf99
    garfield garfield! garfield01 garfield1 garfield1! garfield12 garfield123 garfield123! garfield1234
    garfield12345 garfield2024 garfield2025 garfield2026 garfield99 geheim01 geheim1! geheim12 geheim123
    geheim123! geheim1234 geheim12345 geheim2024 geheim2025 geheim2026 geheim99 george01 george1! george12
    george123 george123! george1234 george12345 george2024 george2025 george2026 george99 germany! germany01
    germany1 germany1! germany12 germany123 germany123! germany1234 germany12345 germany2024 germany2025
    germany2026 germany99 giants01 giants1! giants12 giants123 giants123! giants1234 giants12345 giants2024
    giants2025 giants2026 giants99 ginger01 ginger1! ginger12 ginger123 ginger123! ginger1234 ginger12345
    ginger2024 ginger2025 ginger2026 ginger99 giovanni giovanni! giovanni01 giovanni1 giovanni1! giovanni12
    giovanni123 giovanni123! giovanni1234 giovanni12345 giovanni2024 giovanni2025 giovanni2026 giovanni99 github01
    github1! github12 github123 github123! github1234 github12345 github2024 github2025 github2026 github99
    gitlab01 gitlab1! gitlab12 gitlab123 gitlab123! gitlab1234 gitlab12345 gitlab2024 gitlab2025 gitlab2026
    gitlab99 giuseppe giuseppe! giuseppe01 giuseppe1 giuseppe1! giuseppe12 giuseppe123 giuseppe123! giuseppe1234
    giuseppe12345 giuseppe2024 giuseppe2025 giuseppe2026 giuseppe99 golden01 golden1! golden12 golden123
    golden123! golden1234 golden12345 golden2024 golden2025 golden2026 golden99 golfer01 golfer1! golfer12
    golfer123 golfer123! golfer1234 golfer12345 golfer2024 golfer2025 golfer2026 golfer99 google01 google1!
    google12 google123 google123! google1234 google12345 google2024 google2025 google2026 google99 gorgeous
    gorgeous! gorgeous01 gorgeous1 gorgeous1! gorgeous12 gorgeous123 gorgeous123! gorgeous1234 gorgeous12345
    gorgeous2024 gorgeous2025 gorgeous2026 gorgeous99 grandma! grandma01 grandma1 grandma1! grandma12 grandma123
    grandma123! grandma1234 grandma12345 grandma2024 grandma2025 grandma2026 grandma99 gryffindor gryffindor!
    gryffindor01 gryffindor1 gryffindor1! gryffindor12 gryffindor123 gryffindor123! gryffindor1234 gryffindor12345
    gryffindor2024 gryffindor2025 gryffindor2026 gryffindor99 guest123 guest123! guest1234 guest12345 guest2024
    guest2025 guest2026 guitar01 guitar1! guitar12 guitar123 guitar123! guitar1234 guitar12345 guitar2024
    guitar2025 guitar2026 guitar99 halflife halflife! halflife01 halflife1 halflife1! halflife12 halflife123
    halflife123! halflife1234 halflife12345 halflife2024 halflife2025 halflife2026 halflife99 hallo123 hallo123!
    hallo1234 hallo12345 hallo2024 hallo2025 hallo2026 hamburger hamburger! hamburger01 hamburger1 hamburger1!
    hamburger12 hamburger123 hamburger123! hamburger1234 hamburger12345 hamburger2024 hamburger2025 hamburger2026
    hamburger99 hamster! hamster01 hamster1 hamster1! hamster12 hamster123 hamster123! hamster1234 hamster12345
    hamster2024 hamster2025 hamster2026 hamster99 handsome handsome! handsome01 handsome1 handsome1! handsome12
    handsome123 handsome123! handsome1234 handsome12345 handsome2024 handsome2025 handsome2026 handsome99 hannah01
    hannah1! hannah12 hannah123 hannah123! hannah1234 hannah12345 hannah2024 hannah2025 hannah2026 hannah99
    harley01 harley1! harley12 harley123 harley123! harley1234 harley12345 harley2024 harley2025 harley2026
    harley99 harleydavidson harleydavidson! harleydavidson01 harleydavidson1 harleydavidson1! harleydavidson12
    harleydavidson123 harleydavidson123! harleydavidson1234 harleydavidson12345 harleydavidson2024
    harleydavidson2025 harleydavidson2026 harleydavidson99 harrypotter harrypotter! harrypotter01 harrypotter1
    harrypotter1! harrypotter12 harrypotter123 harrypotter123! harrypotter1234 harrypotter12345 harrypotter2024
    harrypotter2025 harrypotter2026 harrypotter99 haslo123 haslo123! haslo1234 haslo12345 haslo2024 haslo2025
    haslo2026 heaven01 heaven1! heaven12 heaven123 heaven123! heaven1234 heaven12345 heaven2024 heaven2025
    heaven2026 heaven99 hello123 hello123! hello1234 hello1234! hello123401 hello12341 hello12341! hello123412
    hello1234123 hello1234123! hello12341234 hello123412345 hello12342024 hello12342025 hello12342026 hello12345
    hello123499 hello2024 hello2025 hello2026 helpdesk helpdesk! helpdesk01 helpdesk1 helpdesk1! helpdesk12
    helpdesk123 helpdesk123! helpdesk1234 helpdesk12345 helpdesk2024 helpdesk2025 helpdesk2026 helpdesk99 herbst01
    herbst1! herbst12 herbst123 herbst123! herbst1234 herbst12345 herbst2024 herbst2025 herbst2026 herbst99
    heslo123 heslo123! heslo1234 heslo12345 heslo2024 heslo2025 heslo2026 hiver123 hiver123! hiver1234 hiver12345
    hiver2024 hiver2025 hiver2026 hobbit01 hobbit1! hobbit12 hobbit123 hobbit123! hobbit1234 hobbit12345
    hobbit2024 hobbit2025 hobbit2026 hobbit99 hockey01 hockey1! hockey12 hockey123 hockey123! hockey1234
    hockey12345 hockey2024 hockey2025 hockey2026 hockey99 hogwarts hogwarts! hogwarts01 hogwarts1 hogwarts1!
    hogwarts12 hogwarts123 hogwarts123! hogwarts1234 hogwarts12345 hogwarts2024 hogwarts2025 hogwarts2026
    hogwarts99 hola123! hola1234 hola12345 hola2024 hola2025 hola2026 honda123 honda123! honda1234 honda12345
    honda2024 honda2025 honda2026 honey123 honey123! honey1234 honey12345 honey2024 honey2025 honey2026 honeybee
    honeybee! honeybee01 honeybee1 honeybee1! honeybee12 honeybee123 honeybee123! honeybee1234 honeybee12345
    honeybee2024 honeybee2025 honeybee2026 honeybee99 hotgirl! hotgirl01 hotgirl1 hotgirl1! hotgirl12 hotgirl123
    hotgirl123! hotgirl1234 hotgirl12345 hotgirl2024 hotgirl2025 hotgirl2026 hotgirl99 hotstuff hotstuff!
    hotstuff01 hotstuff1 hotstuff1! hotstuff12 hotstuff123 hotstuff123! hotstuff1234 hotstuff12345 hotstuff2024
    hotstuff2025 hotstuff2026 hotstuff99 hulk123! hulk1234 hulk12345 hulk2024 hulk2025 hulk2026 hunter01 hunter1!
    hunter12 hunter123 hunter123! hunter1234 hunter12345 hunter2024 hunter2025 hunter2026 hunter99 hurricane
    hurricane! hurricane01 hurricane1 hurricane1! hurricane12 hurricane123 hurricane123! hurricane1234
    hurricane12345 hurricane2024 hurricane2025 hurricane2026 hurricane99 icecream icecream! icecream01 icecream1
    icecream1! icecream12 icecream123 icecream123! icecream1234 icecream12345 icecream2024 icecream2025
    icecream2026 icecream99 idontknow123456 iforgotmypassword ihatepasswords ihatepasswords1 ilovegod ilovegod!
    ilovegod01 ilovegod1 ilovegod1! ilovegod12 ilovegod123 ilovegod123! ilovegod1234 ilovegod12345 ilovegod2024
    ilovegod2025 ilovegod2026 ilovegod99 iloveher iloveher! iloveher01 iloveher1 iloveher1! iloveher12 iloveher123
    iloveher123! iloveher1234 iloveher12345 iloveher2024 iloveher2025 iloveher2026 iloveher99 ilovehim ilovehim!
    ilovehim01 ilovehim1 ilovehim1! ilovehim12 ilovehim123 ilovehim123! ilovehim1234 ilovehim12345 ilovehim2024
    ilovehim2025 ilovehim2026 ilovehim99 iloveme! iloveme01 iloveme1 iloveme1! iloveme12 iloveme123 iloveme123!
    iloveme1234 iloveme12345 iloveme2024 iloveme2025 iloveme2026 iloveme99 ilovemyfamily1234 iloveu01 iloveu1!
    iloveu12 iloveu123 iloveu123! iloveu1234 iloveu12345 iloveu2024 iloveu2025 iloveu2026 iloveu99 iloveyou
    iloveyou! iloveyou01 iloveyou1 iloveyou1! iloveyou12 iloveyou123 iloveyou123! iloveyou1234 iloveyou12345
    iloveyou2 iloveyou2! iloveyou201 iloveyou2024 iloveyou2025 iloveyou2026 iloveyou21 iloveyou21! iloveyou212
    iloveyou2123 iloveyou2123! iloveyou21234 iloveyou212345 iloveyou22024 iloveyou22025 iloveyou22026 iloveyou299
    iloveyou99 iloveyouforever iloveyouiloveyou iloveyousomuch india123 india123! india1234 india12345 india2024
    india2025 india2026 instagram instagram! instagram01 instagram1 instagram1! instagram12 instagram123
    instagram123! instagram1234 instagram12345 instagram2024 instagram2025 instagram2026 instagram99 internet
    internet! internet01 internet1 internet1! internet12 internet123 internet123! internet1234 internet12345
    internet2024 internet2025 internet2026 internet99 invierno invierno! invierno01 invierno1 invierno1!
    invierno12 invierno123 invierno123! invierno1234 invierno12345 invierno2024 invierno2025 invierno2026
    invierno99 iphone01 iphone1! iphone12 iphone123 iphone123! iphone1234 iphone12345 iphone2024 iphone2025
    iphone2026 iphone99 ironman! ironman01 ironman1 ironman1! ironman12 ironman123 ironman123! ironman1234
    ironman12345 ironman2024 ironman2025 ironman2026 ironman99 italia01 italia1! italia12 italia123 italia123!
    italia1234 italia12345 italia2024 italia2025 italia2026 italia99 jaguar01 jaguar1! jaguar12 jaguar123
    jaguar123! jaguar1234 jaguar12345 jaguar2024 jaguar2025 jaguar2026 jaguar99 january! january01 january1
    january1! january12 january123 january123! january1234 january12345 january2024 january2025 january2026
    january99 japan123 japan123! japan1234 japan12345 japan2024 japan2025 japan2026 jasmine! jasmine01 jasmine1
    jasmine1! jasmine12 jasmine123 jasmine123! jasmine1234 jasmine12345 jasmine2024 jasmine2025 jasmine2026
    jasmine99 jedi123! jedi1234 jedi12345 jedi2024 jedi2025 jedi2026 jenkins! jenkins01 jenkins1 jenkins1!
    jenkins12 jenkins123 jenkins123! jenkins1234 jenkins12345 jenkins2024 jenkins2025 jenkins2026 jenkins99
    jennifer jennifer! jennifer01 jennifer1 jennifer1! jennifer12 jennifer123 jennifer123! jennifer1234
    jennifer12345 jennifer2024 jennifer2025 jennifer2026 jennifer99 jessica! jessica01 jessica1 jessica1!
    jessica12 jessica123 jessica123! jessica1234 jessica12345 jessica2024 jessica2025 jessica2026 jessica99
    jesus123 jesus123! jesus1234 jesus12345 jesus2024 jesus2025 jesus2026 jesuschrist jesuschrist! jesuschrist01
    jesuschrist1 jesuschrist1! jesuschrist12 jesuschrist123 jesuschrist123! jesuschrist1234 jesuschrist12345
    jesuschrist2024 jesuschrist2025 jesuschrist2026 jesuschrist99 johannes johannes! johannes01 johannes1
    johannes1! johannes12 johannes123 johannes123! johannes1234 johannes12345 johannes2024 johannes2025
    johannes2026 johannes99 jonathan jonathan! jonathan01 jonathan1 jonathan1! jonathan12 jonathan123 jonathan123!
    jonathan1234 jonathan12345 jonathan2024 jonathan2025 jonathan2026 jonathan99 jordan01 jordan1! jordan12
    jordan123 jordan123! jordan1234 jordan12345 jordan2024 jordan2025 jordan2026 jordan99 joshua01 joshua1!
    joshua12 joshua123 joshua123! joshua1234 joshua12345 joshua2024 joshua2025 joshua2026 joshua99 july123!
    july1234 july12345 july2024 july2025 july2026 june123! june1234 june12345 june2024 june2025 june2026 justin01
    justin1! justin12 justin123 justin123! justin1234 justin12345 justin2024 justin2025 justin2026 justin99
    juventus juventus! juventus01 juventus1 juventus1! juventus12 juventus123 juventus123! juventus1234
    juventus12345 juventus2024 juventus2025 juventus2026 juventus99 katherine katherine! katherine01 katherine1
    katherine1! katherine12 katherine123 katherine123! katherine1234 katherine12345 katherine2024 katherine2025
    katherine2026 katherine99 kawasaki kawasaki! kawasaki01 kawasaki1 kawasaki1! kawasaki12 kawasaki123
    kawasaki123! kawasaki1234 kawasaki12345 kawasaki2024 kawasaki2025 kawasaki2026 kawasaki99 kennwort kennwort!
    kennwort01 kennwort1 kennwort1! kennwort12 kennwort123 kennwort123! kennwort1234 kennwort12345 kennwort2024
    kennwort2025 kennwort2026 kennwort99 killer01 killer1! killer12 killer123 killer123! killer1234 killer12345
    killer2024 killer2025 killer2026 killer99 kitten01 kitten1! kitten12 kitten123 kitten123! kitten1234
    kitten12345 kitten2024 kitten2025 kitten2026 kitten99 kubernetes kubernetes! kubernetes01 kubernetes1
    kubernetes1! kubernetes12 kubernetes123 kubernetes123! kubernetes1234 kubernetes12345 kubernetes2024
    kubernetes2025 kubernetes2026 kubernetes99 lakers01 lakers1! lakers12 lakers123 lakers123! lakers1234
    lakers12345 lakers2024 lakers2025 lakers2026 lakers99 letmein! letmein!! letmein!01 letmein!1 letmein!1!
    letmein!12 letmein!123 letmein!123! letmein!1234 letmein!12345 letmein!2024 letmein!2025 letmein!2026
    letmein!99 letmein01 letmein1 letmein1! letmein12 letmein123 letmein123! letmein1234 letmein12345 letmein2024
    letmein2025 letmein2026 letmein99 letmeinletmein letmeinnow letmeinnow! letmeinnow01 letmeinnow1 letmeinnow1!
    letmeinnow12 letmeinnow123 letmeinnow123! letmeinnow1234 letmeinnow12345 letmeinnow2024 letmeinnow2025
    letmeinnow2026 letmeinnow99 letmeinplease liberty! liberty01 liberty1 liberty1! liberty12 liberty123
    liberty123! liberty1234 liberty12345 liberty2024 liberty2025 liberty2026 liberty99 lightning lightning!
    lightning01 lightning1 lightning1! lightning12 lightning123 lightning123! lightning1234 lightning12345
    lightning2024 lightning2025 lightning2026 lightning99 linkedin linkedin! linkedin01 linkedin1 linkedin1!
    linkedin12 linkedin123 linkedin123! linkedin1234 linkedin12345 linkedin2024 linkedin2025 linkedin2026
    linkedin99 linux123 linux123! linux1234 linux12345 linux2024 linux2025 linux2026 lion123! lion1234 lion12345
    lion2024 lion2025 lion2026 liverpool liverpool! liverpool01 liverpool1 liverpool1! liverpool12 liverpool123
    liverpool123! liverpool1234 liverpool12345 liverpool2024 liverpool2025 liverpool2026 liverpool99 login123
    login123! login1234 login12345 login2024 login2025 login2026 logmein! logmein01 logmein1 logmein1! logmein12
    logmein123 logmein123! logmein1234 logmein12345 logmein2024 logmein2025 logmein2026 logmein99 lollipop
    lollipop! lollipop01 lollipop1 lollipop1! lollipop12 lollipop123 lollipop123! lollipop1234 lollipop12345
    lollipop2024 lollipop2025 lollipop2026 lollipop99 london01 london1! london12 london123 london123! london1234
    london12345 london2024 london2025 london2026 london99 loremipsumdolor loremipsumdolorsitamet losenord
    losenord! losenord01 losenord1 losenord1! losenord12 losenord123 losenord123! losenord1234 losenord12345
    losenord2024 losenord2025 losenord2026 losenord99 lovelove lovelove! lovelove01 lovelove1 lovelove1!
    lovelove12 lovelove123 lovelove123! lovelove1234 lovelove12345 lovelove2024 lovelove2025 lovelove2026
    lovelove99 lovely01 lovely1! lovely12 lovely123 lovely123! lovely1234 lovely12345 lovely2024 lovely2025
    lovely2026 lovely99 loveme01 loveme1! loveme12 loveme123 loveme123! loveme1234 loveme12345 loveme2024
    loveme2025 loveme2026 loveme99 loveyou! loveyou01 loveyou1 loveyou1! loveyou12 loveyou123 loveyou123!
    loveyou1234 loveyou12345 loveyou2024 loveyou2025 loveyou2026 loveyou99 macintosh macintosh! macintosh01
    macintosh1 macintosh1! macintosh12 macintosh123 macintosh123! macintosh1234 macintosh12345 macintosh2024
    macintosh2025 macintosh2026 macintosh99 madonna! madonna01 madonna1 madonna1! madonna12 madonna123 madonna123!
    madonna1234 madonna12345 madonna2024 madonna2025 madonna2026 madonna99 madrid01 madrid1! madrid12 madrid123
    madrid123! madrid1234 madrid12345 madrid2024 madrid2025 madrid2026 madrid99 maggie01 maggie1! maggie12
    maggie123 maggie123! maggie1234 maggie12345 maggie2024 maggie2025 maggie2026 maggie99 manager! manager01
    manager1 manager1! manager12 manager123 manager123! manager1234 manager12345 manager2024 manager2025
    manager2026 manager99 manchester manchester! manchester01 manchester1 manchester1! manchester12 manchester123
    manchester123! manchester1234 manchester12345 manchester2024 manchester2025 manchester2026 manchester99
    march123 march123! march1234 march12345 march2024 march2025 march2026 margaret margaret! margaret01 margaret1
    margaret1! margaret12 margaret123 margaret123! margaret1234 margaret12345 margaret2024 margaret2025
    margaret2026 margaret99 marine01 marine1! marine12 marine123 marine123! marine1234 marine12345 marine2024
    marine2025 marine2026 marine99 marketing marketing! marketing01 marketing1 marketing1! marketing12
    marketing123 marketing123! marketing1234 marketing12345 marketing2024 marketing2025 marketing2026 marketing99
    martina! martina01 martina1 martina1! martina12 martina123 martina123! martina1234 martina12345 martina2024
    martina2025 martina2026 martina99 master01 master1! master12 master123 master123! master1234 master12345
    master2024 master2025 master2026 master99 masterkey masterkey! masterkey01 masterkey1 masterkey1! masterkey12
    masterkey123 masterkey123! masterkey1234 masterkey12345 masterkey2024 masterkey2025 masterkey2026 masterkey99
    masterpassword masterpassword! masterpassword01 masterpassword1 masterpassword1! masterpassword12
    masterpassword123 masterpassword123! masterpassword1234 masterpassword12345 masterpassword2024
    masterpassword2025 masterpassword2026 masterpassword99 matrix01 matrix1! matrix12 matrix123 matrix123!
    matrix1234 matrix12345 matrix2024 matrix2025 matrix2026 matrix99 matthew! matthew01 matthew1 matthew1!
    matthew12 matthew123 matthew123! matthew1234 matthew12345 matthew2024 matthew2025 matthew2026 matthew99
    matthias matthias! matthias01 matthias1 matthias1! matthias12 matthias123 matthias123! matthias1234
    matthias12345 matthias2024 matthias2025 matthias2026 matthias99 maytheforcebewithyou mercedes mercedes!
    mercedes01 mercedes1 mercedes1! mercedes12 mercedes123 mercedes123! mercedes1234 mercedes12345 mercedes2024
    mercedes2025 mercedes2026 mercedes99 metallica metallica! metallica01 metallica1 metallica1! metallica12
    metallica123 metallica123! metallica1234 metallica12345 metallica2024 metallica2025 metallica2026 metallica99
    mexico01 mexico1! mexico12 mexico123 mexico123! mexico1234 mexico12345 mexico2024 mexico2025 mexico2026
    mexico99 michael! michael01 michael1 michael1! michael12 michael123 michael123! michael1234 michael12345
    michael2024 michael2025 michael2026 michael99 michelle michelle! michelle01 michelle1 michelle1! michelle12
    michelle123 michelle123! michelle1234 michelle12345 michelle2024 michelle2025 michelle2026 michelle99 mickey01
    mickey1! mickey12 mickey123 mickey123! mickey1234 mickey12345 mickey2024 mickey2025 mickey2026 mickey99
    microsoft microsoft! microsoft01 microsoft1 microsoft1! microsoft12 microsoft123 microsoft123! microsoft1234
    microsoft12345 microsoft2024 microsoft2025 microsoft2026 microsoft99 midnight midnight! midnight01 midnight1
    midnight1! midnight12 midnight123 midnight123! midnight1234 midnight12345 midnight2024 midnight2025
    midnight2026 midnight99 minecraft minecraft! minecraft01 minecraft1 minecraft1! minecraft12 minecraft123
    minecraft123! minecraft1234 minecraft12345 minecraft2024 minecraft2025 minecraft2026 minecraft99 minnie01
    minnie1! minnie12 minnie123 minnie123! minnie1234 minnie12345 minnie2024 minnie2025 minnie2026 minnie99
    monday01 monday1! monday12 monday123 monday123! monday1234 monday12345 monday2024 monday2025 monday2026
    monday99 monkey01 monkey1! monkey12 monkey123 monkey123! monkey12301 monkey1231 monkey1231! monkey12312
    monkey123123 monkey123123! monkey1231234 monkey12312345 monkey1232024 monkey1232025 monkey1232026 monkey1234
    monkey12345 monkey12399 monkey2024 monkey2025 monkey2026 monkey99 moonlight moonlight! moonlight01 moonlight1
    moonlight1! moonlight12 moonlight123 moonlight123! moonlight1234 moonlight12345 moonlight2024 moonlight2025
    moonlight2026 moonlight99 moscow01 moscow1! moscow12 moscow123 moscow123! moscow1234 moscow12345 moscow2024
    moscow2025 moscow2026 moscow99 motdepasse motdepasse! motdepasse01 motdepasse1 motdepasse1! motdepasse12
    motdepasse123 motdepasse123! motdepasse1234 motdepasse12345 motdepasse2024 motdepasse2025 motdepasse2026
    motdepasse99 mother01 mother1! mother12 mother123 mother123! mother1234 mother12345 mother2024 mother2025
    mother2026 mother99 mustang! mustang01 mustang1 mustang1! mustang12 mustang123 mustang123! mustang1234
    mustang12345 mustang2024 mustang2025 mustang2026 mustang99 mylove01 mylove1! mylove12 mylove123 mylove123!
    mylove1234 mylove12345 mylove2024 mylove2025 mylove2026 mylove99 mypassword mypassword! mypassword01
    mypassword1 mypassword1! mypassword12 mypassword123 mypassword123! mypassword1234 mypassword12345
    mypassword2024 mypassword2025 mypassword2026 mypassword99 mypasswordis123 mysecretpassword mysql123 mysql123!
    mysql1234 mysql12345 mysql2024 mysql2025 mysql2026 naruto01 naruto1! naruto12 naruto123 naruto123! naruto1234
    naruto12345 naruto2024 naruto2025 naruto2026 naruto99 nathalie nathalie! nathalie01 nathalie1 nathalie1!
    nathalie12 nathalie123 nathalie123! nathalie1234 nathalie12345 nathalie2024 nathalie2025 nathalie2026
    nathalie99 navy123! navy1234 navy12345 navy2024 navy2025 navy2026 network! network01 network1 network1!
    network12 network123 network123! network1234 network12345 network2024 network2025 network2026 network99
    newpassword newpassword! newpassword01 newpassword1 newpassword1! newpassword12 newpassword123 newpassword123!
    newpassword1234 newpassword12345 newpassword2024 newpassword2025 newpassword2026 newpassword99 newyork!
    newyork01 newyork1 newyork1! newyork12 newyork123 newyork123! newyork1234 newyork12345 newyork2024 newyork2025
    newyork2026 newyork99 nicholas nicholas! nicholas01 nicholas1 nicholas1! nicholas12 nicholas123 nicholas123!
    nicholas1234 nicholas12345 nicholas2024 nicholas2025 nicholas2026 nicholas99 nicolas! nicolas01 nicolas1
    nicolas1! nicolas12 nicolas123 nicolas123! nicolas1234 nicolas12345 nicolas2024 nicolas2025 nicolas2026
    nicolas99 nicole01 nicole1! nicole12 nicole123 nicole123! nicole1234 nicole12345 nicole2024 nicole2025
    nicole2026 nicole99 nintendo nintendo! nintendo01 nintendo1 nintendo1! nintendo12 nintendo123 nintendo123!
    nintendo1234 nintendo12345 nintendo2024 nintendo2025 nintendo2026 nintendo99 nirvana! nirvana01 nirvana1
    nirvana1! nirvana12 nirvana123 nirvana123! nirvana1234 nirvana12345 nirvana2024 nirvana2025 nirvana2026
    nirvana99 nopassword nopassword! nopassword01 nopassword1 nopassword1! nopassword12 nopassword123
    nopassword123! nopassword1234 nopassword12345 nopassword2024 nopassword2025 nopassword2026 nopassword99
    nothing! nothing01 nothing1 nothing1! nothing12 nothing123 nothing123! nothing1234 nothing12345 nothing2024
    nothing2025 nothing2026 nothing99 november november! november01 november1 november1! november12 november123
    november123! november1234 november12345 november2024 november2025 november2026 november99 nurse123 nurse123!
    nurse1234 nurse12345 nurse2024 nurse2025 nurse2026 october! october01 october1 october1! october12 october123
    october123! october1234 october12345 october2024 october2025 october2026 october99 office01 office1! office12
    office123 office123! office1234 office12345 office2024 office2025 office2026 office99 oldpassword oldpassword!
    oldpassword01 oldpassword1 oldpassword1! oldpassword12 oldpassword123 oldpassword123! oldpassword1234
    oldpassword12345 oldpassword2024 oldpassword2025 oldpassword2026 oldpassword99 opensesameopensesame
    openthedoorplease operator operator! operator01 operator1 operator1! operator12 operator123 operator123!
    operator1234 operator12345 operator2024 operator2025 operator2026 operator99 oracle01 oracle1! oracle12
    oracle123 oracle123! oracle1234 oracle12345 oracle2024 oracle2025 oracle2026 oracle99 orange01 orange1!
    orange101 orange11 orange11! orange112 orange1123 orange1123! orange11234 orange112345 orange12 orange12024
    orange12025 orange12026 orange123 orange123! orange1234 orange12345 orange199 orange2024 orange2025 orange2026
    orange99 p@ssw0rd p@ssw0rd! p@ssw0rd01 p@ssw0rd1 p@ssw0rd1! p@ssw0rd12 p@ssw0rd123 p@ssw0rd123! p@ssw0rd1234
    p@ssw0rd12345 p@ssw0rd2024 p@ssw0rd2025 p@ssw0rd2026 p@ssw0rd99 p@ssword p@ssword! p@ssword01 p@ssword1
    p@ssword1! p@ssword12 p@ssword123 p@ssword123! p@ssword1234 p@ssword12345 p@ssword2024 p@ssword2025
    p@ssword2026 p@ssword99 pa$$word pa$$word! pa$$word01 pa$$word1 pa$$word1! pa$$word12 pa$$word123 pa$$word123!
    pa$$word1234 pa$$word12345 pa$$word2024 pa$$word2025 pa$$word2026 pa$$word99 pa55word pa55word! pa55word01
    pa55word1 pa55word1! pa55word12 pa55word123 pa55word123! pa55word1234 pa55word12345 pa55word2024 pa55word2025
    pa55word2026 pa55word99 packers! packers01 packers1 packers1! packers12 packers123 packers123! packers1234
    packers12345 packers2024 packers2025 packers2026 packers99 panther! panther01 panther1 panther1! panther12
    panther123 panther123! panther1234 panther12345 panther2024 panther2025 panther2026 panther99 paris123
    paris123! paris1234 paris12345 paris2024 paris2025 paris2026 parola01 parola1! parola12 parola123 parola123!
    parola1234 parola12345 parola2024 parola2025 parola2026 parola99 parool01 parool1! parool12 parool123
    parool123! parool1234 parool12345 parool2024 parool2025 parool2026 parool99 pass1234 pass1234! pass123401
    pass12341 pass12341! pass123412 pass1234123 pass1234123! pass12341234 pass123412345 pass12342024 pass12342025
    pass12342026 pass123499 passpass passpass! passpass01 passpass1 passpass1! passpass12 passpass123 passpass123!
    passpass1234 passpass12345 passpass2024 passpass2025 passpass2026 passpass99 passw0rd passw0rd! passw0rd01
    passw0rd1 passw0rd1! passw0rd12 passw0rd123 passw0rd123! passw0rd1234 passw0rd12345 passw0rd2024 passw0rd2025
    passw0rd2026 passw0rd99 passw0rdpassw0rd password password! password01 password1 password1! password101
    password11 password11! password112 password1123 password1123! password11234 password112345 password12
    password12024 password12025 password12026 password123 password123! password1234 password12345 password12345678
    password123456789 password199 password2024 password2025 password2026 password99 passwordpassword passwort
    passwort! passwort01 passwort1 passwort1! passwort12 passwort123 passwort123! passwort1234 passwort12345
    passwort2024 passwort2025 passwort2026 passwort99 patricia patricia! patricia01 patricia1 patricia1!
    patricia12 patricia123 patricia123! patricia1234 patricia12345 patricia2024 patricia2025 patricia2026
    patricia99 patrick! patrick01 patrick1 patrick1! patrick12 patrick123 patrick123! patrick1234 patrick12345
    patrick2024 patrick2025 patrick2026 patrick99 patriots patriots! patriots01 patriots1 patriots1! patriots12
    patriots123 patriots123! patriots1234 patriots12345 patriots2024 patriots2025 patriots2026 patriots99 peanut01
    peanut1! peanut12 peanut123 peanut123! peanut1234 peanut12345 peanut2024 peanut2025 peanut2026 peanut99
    penguin! penguin01 penguin1 penguin1! penguin12 penguin123 penguin123! penguin1234 penguin12345 penguin2024
    penguin2025 penguin2026 penguin99 pepper01 pepper1! pepper12 pepper123 pepper123! pepper1234 pepper12345
    pepper2024 pepper2025 pepper2026 pepper99 phoenix! phoenix01 phoenix1 phoenix1! phoenix12 phoenix123
    phoenix123! phoenix1234 phoenix12345 phoenix2024 phoenix2025 phoenix2026 phoenix99 piano123 piano123!
    piano1234 piano12345 piano2024 piano2025 piano2026 pikachu! pikachu01 pikachu1 pikachu1! pikachu12 pikachu123
    pikachu123! pikachu1234 pikachu12345 pikachu2024 pikachu2025 pikachu2026 pikachu99 pineapple pineapple!
    pineapple01 pineapple1 pineapple1! pineapple12 pineapple123 pineapple123! pineapple1234 pineapple12345
    pineapple2024 pineapple2025 pineapple2026 pineapple99 pizza123 pizza123! pizza1234 pizza12345 pizza2024
    pizza2025 pizza2026 playboy! playboy01 playboy1 playboy1! playboy12 playboy123 playboy123! playboy1234
    playboy12345 playboy2024 playboy2025 playboy2026 playboy99 playstation playstation! playstation01 playstation1
    playstation1! playstation12 playstation123 playstation123! playstation1234 playstation12345 playstation2024
    playstation2025 playstation2026 playstation99 pokemon! pokemon01 pokemon1 pokemon1! pokemon12 pokemon123
    pokemon123! pokemon1234 pokemon12345 pokemon2024 pokemon2025 pokemon2026 pokemon99 police01 police1! police12
    police123 police123! police1234 police12345 police2024 police2025 police2026 police99 porsche! porsche01
    porsche1 porsche1! porsche12 porsche123 porsche123! porsche1234 porsche12345 porsche2024 porsche2025
    porsche2026 porsche99 portugal portugal! portugal01 portugal1 portugal1! portugal12 portugal123 portugal123!
    portugal1234 portugal12345 portugal2024 portugal2025 portugal2026 portugal99 postgres postgres! postgres01
    postgres1 postgres1! postgres12 postgres123 postgres123! postgres1234 postgres12345 postgres2024 postgres2025
    postgres2026 postgres99 postgresql postgresql! postgresql01 postgresql1 postgresql1! postgresql12
    postgresql123 postgresql123! postgresql1234 postgresql12345 postgresql2024 postgresql2025 postgresql2026
    postgresql99 princesa princesa! princesa01 princesa1 princesa1! princesa12 princesa123 princesa123!
    princesa1234 princesa12345 princesa2024 princesa2025 princesa2026 princesa99 princess princess! princess01
    princess1 princess1! princess12 princess123 princess123! princess1234 princess12345 princess2024 princess2025
    princess2026 princess99 printemps printemps! printemps01 printemps1 printemps1! printemps12 printemps123
    printemps123! printemps1234 printemps12345 printemps2024 printemps2025 printemps2026 printemps99 pumpkin!
    pumpkin01 pumpkin1 pumpkin1! pumpkin12 pumpkin123 pumpkin123! pumpkin1234 pumpkin12345 pumpkin2024 pumpkin2025
    pumpkin2026 pumpkin99 puppy123 puppy123! puppy1234 puppy12345 puppy2024 puppy2025 puppy2026 purple01 purple1!
    purple12 purple123 purple123! purple1234 purple12345 purple2024 purple2025 purple2026 purple99 pussycat
    pussycat! pussycat01 pussycat1 pussycat1! pussycat12 pussycat123 pussycat123! pussycat1234 pussycat12345
    pussycat2024 pussycat2025 pussycat2026 pussycat99 q1w2e3r4 q1w2e3r4! q1w2e3r401 q1w2e3r41 q1w2e3r41!
    q1w2e3r412 q1w2e3r4123 q1w2e3r4123! q1w2e3r41234 q1w2e3r412345 q1w2e3r42024 q1w2e3r42025 q1w2e3r42026
    q1w2e3r499 q1w2e3r4t5 q1w2e3r4t5! q1w2e3r4t501 q1w2e3r4t51 q1w2e3r4t51! q1w2e3r4t512 q1w2e3r4t5123
    q1w2e3r4t5123! q1w2e3r4t51234 q1w2e3r4t512345 q1w2e3r4t52024 q1w2e3r4t52025 q1w2e3r4t52026 q1w2e3r4t599
    q1w2e3r4t5y6 q1w2e3r4t5y6! q1w2e3r4t5y601 q1w2e3r4t5y61 q1w2e3r4t5y61! q1w2e3r4t5y612 q1w2e3r4t5y6123
    q1w2e3r4t5y6123! q1w2e3r4t5y61234 q1w2e3r4t5y612345 q1w2e3r4t5y62024 q1w2e3r4t5y62025 q1w2e3r4t5y62026
    q1w2e3r4t5y699 qazwsx01 qazwsx1! qazwsx12 qazwsx123 qazwsx123! qazwsx1234 qazwsx12345 qazwsx2024 qazwsx2025
    qazwsx2026 qazwsx99 qazwsxedc qazwsxedc! qazwsxedc01 qazwsxedc1 qazwsxedc1! qazwsxedc12 qazwsxedc123
    qazwsxedc123! qazwsxedc1234 qazwsxedc12345 qazwsxedc2024 qazwsxedc2025 qazwsxedc2026 qazwsxedc99 qweasd01
    qweasd1! qweasd12 qweasd123 qweasd123! qweasd1234 qweasd12345 qweasd2024 qweasd2025 qweasd2026 qweasd99
    qweasdzxc qweasdzxc! qweasdzxc01 qweasdzxc1 qweasdzxc1! qweasdzxc12 qweasdzxc123 qweasdzxc123! qweasdzxc1234
    qweasdzxc12345 qweasdzxc2024 qweasdzxc2025 qweasdzxc2026 qweasdzxc99 qwer1234 qwer1234! qwer123401 qwer12341
    qwer12341! qwer123412 qwer1234123 qwer1234123! qwer12341234 qwer123412345 qwer12342024 qwer12342025
    qwer12342026 qwer123499 qwerty01 qwerty1! qwerty12 qwerty123 qwerty123! qwerty1234 qwerty12345 qwerty123456789
    qwerty1234567890 qwerty2024 qwerty2025 qwerty2026 qwerty99 qwertyui qwertyui! qwertyui01 qwertyui1 qwertyui1!
    qwertyui12 qwertyui123 qwertyui123! qwertyui1234 qwertyui12345 qwertyui2024 qwertyui2025 qwertyui2026
    qwertyui99 qwertyuiop qwertyuiop! qwertyuiop01 qwertyuiop1 qwertyuiop1! qwertyuiop12 qwertyuiop123
    qwertyuiop123! qwertyuiop1234 qwertyuiop12345 qwertyuiop123456 qwertyuiop2024 qwertyuiop2025 qwertyuiop2026
    qwertyuiop99 qwertyuiop[]asdf qwertyuiopasdfgh qwertz01 qwertz1! qwertz12 qwertz123 qwertz123! qwertz1234
    qwertz12345 qwertz2024 qwertz2025 qwertz2026 qwertz99 qwertzuiop qwertzuiop! qwertzuiop01 qwertzuiop1
    qwertzuiop1! qwertzuiop12 qwertzuiop123 qwertzuiop123! qwertzuiop1234 qwertzuiop12345 qwertzuiop2024
    qwertzuiop2025 qwertzuiop2026 qwertzuiop99 rabbit01 rabbit1! rabbit12 rabbit123 rabbit123! rabbit1234
    rabbit12345 rabbit2024 rabbit2025 rabbit2026 rabbit99 raiders! raiders01 raiders1 raiders1! raiders12
    raiders123 raiders123! raiders1234 raiders12345 raiders2024 raiders2025 raiders2026 raiders99 rainbow!
    rainbow01 rainbow1 rainbow1! rainbow12 rainbow123 rainbow123! rainbow1234 rainbow12345 rainbow2024 rainbow2025
    rainbow2026 rainbow99 rangers! rangers01 rangers1 rangers1! rangers12 rangers123 rangers123! rangers1234
    rangers12345 rangers2024 rangers2025 rangers2026 rangers99 realmadrid realmadrid! realmadrid01 realmadrid1
    realmadrid1! realmadrid12 realmadrid123 realmadrid123! realmadrid1234 realmadrid12345 realmadrid2024
    realmadrid2025 realmadrid2026 realmadrid99 redsox01 redsox1! redsox12 redsox123 redsox123! redsox1234
    redsox12345 redsox2024 redsox2025 redsox2026 redsox99 ricardo! ricardo01 ricardo1 ricardo1! ricardo12
    ricardo123 ricardo123! ricardo1234 ricardo12345 ricardo2024 ricardo2025 ricardo2026 ricardo99 richard!
    richard01 richard1 richard1! richard12 richard123 richard123! richard1234 richard12345 richard2024 richard2025
    richard2026 richard99 robert01 robert1! robert12 robert123 robert123! robert1234 robert12345 robert2024
    robert2025 robert2026 robert99 roblox01 roblox1! roblox12 roblox123 roblox123! roblox1234 roblox12345
    roblox2024 roblox2025 roblox2026 roblox99 rockandroll rockandroll! rockandroll01 rockandroll1 rockandroll1!
    rockandroll12 rockandroll123 rockandroll123! rockandroll1234 rockandroll12345 rockandroll2024 rockandroll2025
    rockandroll2026 rockandroll99 rockstar rockstar! rockstar01 rockstar1 rockstar1! rockstar12 rockstar123
    rockstar123! rockstar1234 rockstar12345 rockstar2024 rockstar2025 rockstar2026 rockstar99 roma123! roma1234
    roma12345 roma2024 roma2025 roma2026 root123! root1234 root12345 root2024 root2025 root2026 rootpassword
    rootpassword! rootpassword01 rootpassword1 rootpassword1! rootpassword12 rootpassword123 rootpassword123!
    rootpassword1234 rootpassword12345 rootpassword2024 rootpassword2025 rootpassword2026 rootpassword99 rootroot
    rootroot! rootroot01 rootroot1 rootroot1! rootroot12 rootroot123 rootroot123! rootroot1234 rootroot12345
    rootroot2024 rootroot2025 rootroot2026 rootroot99 rosebud! rosebud01 rosebud1 rosebud1! rosebud12 rosebud123
    rosebud123! rosebud1234 rosebud12345 rosebud2024 rosebud2025 rosebud2026 rosebud99 rugby123 rugby123!
    rugby1234 rugby12345 rugby2024 rugby2025 rugby2026 russia01 russia1! russia12 russia123 russia123! russia1234
    russia12345 russia2024 russia2025 russia2026 russia99 sabine01 sabine1! sabine12 sabine123 sabine123!
    sabine1234 sabine12345 sabine2024 sabine2025 sabine2026 sabine99 salasana salasana! salasana01 salasana1
    salasana1! salasana12 salasana123 salasana123! salasana1234 salasana12345 salasana2024 salasana2025
    salasana2026 salasana99 sales123 sales123! sales1234 sales12345 sales2024 sales2025 sales2026 samantha
    samantha! samantha01 samantha1 samantha1! samantha12 samantha123 samantha123! samantha1234 samantha12345
    samantha2024 samantha2025 samantha2026 samantha99 sample01 sample1! sample12 sample123 sample123! sample1234
    sample12345 sample2024 sample2025 sample2026 sample99 samsung! samsung01 samsung1 samsung1! samsung12
    samsung123 samsung123! samsung1234 samsung12345 samsung2024 samsung2025 samsung2026 samsung99 saturday
    saturday! saturday01 saturday1 saturday1! saturday12 saturday123 saturday123! saturday1234 saturday12345
    saturday2024 saturday2025 saturday2026 saturday99 school01 school1! school12 school123 school123! school1234
    school12345 school2024 school2025 school2026 school99 scooby01 scooby1! scooby12 scooby123 scooby123!
    scooby1234 scooby12345 scooby2024 scooby2025 scooby2026 scooby99 scorpion scorpion! scorpion01 scorpion1
    scorpion1! scorpion12 scorpion123 scorpion123! scorpion1234 scorpion12345 scorpion2024 scorpion2025
    scorpion2026 scorpion99 sebastian sebastian! sebastian01 sebastian1 sebastian1! sebastian12 sebastian123
    sebastian123! sebastian1234 sebastian12345 sebastian2024 sebastian2025 sebastian2026 sebastian99 secret01
    secret1! secret12 secret123 secret123! secret1234 secret12345 secret2024 secret2025 secret2026 secret99
    secreto! secreto01 secreto1 secreto1! secreto12 secreto123 secreto123! secreto1234 secreto12345 secreto2024
    secreto2025 secreto2026 secreto99 security security! security01 security1 security1! security12 security123
    security123! security1234 security12345 security2024 security2025 security2026 security99 senha123 senha123!
    senha1234 senha12345 senha2024 senha2025 senha2026 sentry01 sentry1! sentry12 sentry123 sentry123! sentry1234
    sentry12345 sentry2024 sentry2025 sentry2026 sentry99 september september! september01 september1 september1!
    september12 september123 september123! september1234 september12345 september2024 september2025 september2026
    september99 server01 server1! server12 server123 server123! server1234 server12345 server2024 server2025
    server2026 server99 service! service01 service1 service1! service12 service123 service123! service1234
    service12345 service2024 service2025 service2026 service99 sexsex01 sexsex1! sexsex12 sexsex123 sexsex123!
    sexsex1234 sexsex12345 sexsex2024 sexsex2025 sexsex2026 sexsex99 sexy123! sexy1234 sexy12345 sexy2024 sexy2025
    sexy2026 sexygirl sexygirl! sexygirl01 sexygirl1 sexygirl1! sexygirl12 sexygirl123 sexygirl123! sexygirl1234
    sexygirl12345 sexygirl2024 sexygirl2025 sexygirl2026 sexygirl99 shadow01 shadow1! shadow12 shadow123
    shadow123! shadow1234 shadow12345 shadow2024 shadow2025 shadow2026 shadow99 shark123 shark123! shark1234
    shark12345 shark2024 shark2025 shark2026 silver01 silver1! silver12 silver123 silver123! silver1234
    silver12345 silver2024 silver2025 silver2026 silver99 simpsons simpsons! simpsons01 simpsons1 simpsons1!
    simpsons12 simpsons123 simpsons123! simpsons1234 simpsons12345 simpsons2024 simpsons2025 simpsons2026
    simpsons99 sister01 sister1! sister12 sister123 sister123! sister1234 sister12345 sister2024 sister2025
    sister2026 sister99 skywalker skywalker! skywalker01 skywalker1 skywalker1! skywalker12 skywalker123
    skywalker123! skywalker1234 skywalker12345 skywalker2024 skywalker2025 skywalker2026 skywalker99 slipknot
    slipknot! slipknot01 slipknot1 slipknot1! slipknot12 slipknot123 slipknot123! slipknot1234 slipknot12345
    slipknot2024 slipknot2025 slipknot2026 slipknot99 snoopy01 snoopy1! snoopy12 snoopy123 snoopy123! snoopy1234
    snoopy12345 snoopy2024 snoopy2025 snoopy2026 snoopy99 snowball snowball! snowball01 snowball1 snowball1!
    snowball12 snowball123 snowball123! snowball1234 snowball12345 snowball2024 snowball2025 snowball2026
    snowball99 snowman! snowman01 snowman1 snowman1! snowman12 snowman123 snowman123! snowman1234 snowman12345
    snowman2024 snowman2025 snowman2026 snowman99 soccer01 soccer1! soccer12 soccer123 soccer123! soccer1234
    soccer12345 soccer2024 soccer2025 soccer2026 soccer99 soldier! soldier01 soldier1 soldier1! soldier12
    soldier123 soldier123! soldier1234 soldier12345 soldier2024 soldier2025 soldier2026 soldier99 something
    something! something01 something1 something1! something12 something123 something123! something1234
    something12345 something2024 something2025 something2026 something99 sommer01 sommer1! sommer12 sommer123
    sommer123! sommer1234 sommer12345 sommer2024 sommer2025 sommer2026 sommer99 sophie01 sophie1! sophie12
    sophie123 sophie123! sophie1234 sophie12345 sophie2024 sophie2025 sophie2026 sophie99 spider01 spider1!
    spider12 spider123 spider123! spider1234 spider12345 spider2024 spider2025 spider2026 spider99 spiderman
    spiderman! spiderman01 spiderman1 spiderman1! spiderman12 spiderman123 spiderman123! spiderman1234
    spiderman12345 spiderman2024 spiderman2025 spiderman2026 spiderman99 spring01 spring1! spring12 spring123
    spring123! spring1234 spring12345 spring2024 spring2025 spring2026 spring99 starlight starlight! starlight01
    starlight1 starlight1! starlight12 starlight123 starlight123! starlight1234 starlight12345 starlight2024
    starlight2025 starlight2026 starlight99 startrek startrek! startrek01 startrek1 startrek1! startrek12
    startrek123 startrek123! startrek1234 startrek12345 startrek2024 startrek2025 startrek2026 startrek99 starwars
    starwars! starwars01 starwars1 starwars1! starwars12 starwars123 starwars123! starwars1234 starwars12345
    starwars2024 starwars2025 starwars2026 starwars99 steelers steelers! steelers01 steelers1 steelers1!
    steelers12 steelers123 steelers123! steelers1234 steelers12345 steelers2024 steelers2025 steelers2026
    steelers99 stefan01 stefan1! stefan12 stefan123 stefan123! stefan1234 stefan12345 stefan2024 stefan2025
    stefan2026 stefan99 stephanie stephanie! stephanie01 stephanie1 stephanie1! stephanie12 stephanie123
    stephanie123! stephanie1234 stephanie12345 stephanie2024 stephanie2025 stephanie2026 stephanie99 stephen!
    stephen01 stephen1 stephen1! stephen12 stephen123 stephen123! stephen1234 stephen12345 stephen2024 stephen2025
    stephen2026 stephen99 steven01 steven1! steven12 steven123 steven123! steven1234 steven12345 steven2024
    steven2025 steven2026 steven99 strawberry strawberry! strawberry01 strawberry1 strawberry1! strawberry12
    strawberry123 strawberry123! strawberry1234 strawberry12345 strawberry2024 strawberry2025 strawberry2026
    strawberry99 student! student01 student1 student1! student12 student123 student123! student1234 student12345
    student2024 student2025 student2026 student99 summer01 summer1! summer12 summer123 summer123! summer1234
    summer12345 summer2024 summer2025 summer2026 summer99 sunday01 sunday1! sunday12 sunday123 sunday123!
    sunday1234 sunday12345 sunday2024 sunday2025 sunday2026 sunday99 sunflower sunflower! sunflower01 sunflower1
    sunflower1! sunflower12 sunflower123 sunflower123! sunflower1234 sunflower12345 sunflower2024 sunflower2025
    sunflower2026 sunflower99 sunshine sunshine! sunshine01 sunshine1 sunshine1! sunshine12 sunshine123
    sunshine123! sunshine1234 sunshine12345 sunshine2024 sunshine2025 sunshine2026 sunshine99 superman superman!
    superman01 superman1 superman1! superman12 superman123 superman123! superman1234 superman12345
    superman123456789 superman2024 superman2025 superman2026 superman99 supersecretpassword superuser superuser!
    superuser01 superuser1 superuser1! superuser12 superuser123 superuser123! superuser1234 superuser12345
    superuser2024 superuser2025 superuser2026 superuser99 support! support01 support1 support1! support12
    support123 support123! support1234 support12345 support2024 support2025 support2026 support99 susanne!
    susanne01 susanne1 susanne1! susanne12 susanne123 susanne123! susanne1234 susanne12345 susanne2024 susanne2025
    susanne2026 susanne99 suzuki01 suzuki1! suzuki12 suzuki123 suzuki123! suzuki1234 suzuki12345 suzuki2024
    suzuki2025 suzuki2026 suzuki99 sweetheart sweetheart! sweetheart01 sweetheart1 sweetheart1! sweetheart12
    sweetheart123 sweetheart123! sweetheart1234 sweetheart12345 sweetheart2024 sweetheart2025 sweetheart2026
    sweetheart99 sweetie! sweetie01 sweetie1 sweetie1! sweetie12 sweetie123 sweetie123! sweetie1234 sweetie12345
    sweetie2024 sweetie2025 sweetie2026 sweetie99 sysadmin sysadmin! sysadmin01 sysadmin1 sysadmin1! sysadmin12
    sysadmin123 sysadmin123! sysadmin1234 sysadmin12345 sysadmin2024 sysadmin2025 sysadmin2026 sysadmin99 taylor01
    taylor1! taylor12 taylor123 taylor123! taylor1234 taylor12345 taylor2024 taylor2025 taylor2026 taylor99
    teacher! teacher01 teacher1 teacher1! teacher12 teacher123 teacher123! teacher1234 teacher12345 teacher2024
    teacher2025 teacher2026 teacher99 temp1234 temp1234! temp123401 temp12341 temp12341! temp123412 temp1234123
    temp1234123! temp12341234 temp123412345 temp12342024 temp12342025 temp12342026 temp123499 temporary temporary!
    temporary01 temporary1 temporary1! temporary12 temporary123 temporary123! temporary1234 temporary12345
    temporary2024 temporary2025 temporary2026 temporary99 temppass temppass! temppass01 temppass1 temppass1!
    temppass12 temppass123 temppass123! temppass1234 temppass12345 temppass2024 temppass2025 temppass2026
    temppass99 tennis01 tennis1! tennis12 tennis123 tennis123! tennis1234 tennis12345 tennis2024 tennis2025
    tennis2026 tennis99 test123! test1234 test1234! test123401 test12341 test12341! test123412 test1234123
    test1234123! test12341234 test123412345 test12342024 test12342025 test12342026 test12345 test123499 test2024
    test2025 test2026 tester01 tester1! tester12 tester123 tester123! tester1234 tester12345 tester2024 tester2025
    tester2026 tester99 testing! testing01 testing1 testing1! testing12 testing123 testing123! testing1234
    testing12345 testing2024 testing2025 testing2026 testing99 testtest testtest! testtest01 testtest1 testtest1!
    testtest12 testtest123 testtest123! testtest1234 testtest12345 testtest2024 testtest2025 testtest2026
    testtest99 testuser testuser! testuser01 testuser1 testuser1! testuser12 testuser123 testuser123! testuser1234
    testuser12345 testuser2024 testuser2025 testuser2026 testuser99 texas123 texas123! texas1234 texas12345
    texas2024 texas2025 texas2026 thepassword thepassword! thepassword01 thepassword1 thepassword1! thepassword12
    thepassword123 thepassword123! thepassword1234 thepassword12345 thepassword2024 thepassword2025
    thepassword2026 thepassword99 thequickbrownfox thequickbrownfoxjumps thequickbrownfoxjumpsoverthelazydog
    thisisapassword thisisasecret thisismypassword thomas01 thomas1! thomas12 thomas123 thomas123! thomas1234
    thomas12345 thomas2024 thomas2025 thomas2026 thomas99 thunder! thunder01 thunder1 thunder1! thunder12
    thunder123 thunder123! thunder1234 thunder12345 thunder2024 thunder2025 thunder2026 thunder99 thursday
    thursday! thursday01 thursday1 thursday1! thursday12 thursday123 thursday123! thursday1234 thursday12345
    thursday2024 thursday2025 thursday2026 thursday99 tiger123 tiger123! tiger1234 tiger12345 tiger2024 tiger2025
    tiger2026 tigger01 tigger1! tigger12 tigger123 tigger123! tigger1234 tigger12345 tigger2024 tigger2025
    tigger2026 tigger99 tobeornottobe tobeornottobethatisthequestion toor123! toor1234 toor12345 toor2024 toor2025
    toor2026 topsecret topsecret! topsecret01 topsecret1 topsecret1! topsecret12 topsecret123 topsecret123!
    topsecret1234 topsecret12345 topsecret2024 topsecret2025 topsecret2026 topsecret99 tornado! tornado01 tornado1
    tornado1! tornado12 tornado123 tornado123! tornado1234 tornado12345 tornado2024 tornado2025 tornado2026
    tornado99 tottenham tottenham! tottenham01 tottenham1 tottenham1! tottenham12 tottenham123 tottenham123!
    tottenham1234 tottenham12345 tottenham2024 tottenham2025 tottenham2026 tottenham99 toyota01 toyota1! toyota12
    toyota123 toyota123! toyota1234 toyota12345 toyota2024 toyota2025 toyota2026 toyota99 trustme! trustme01
    trustme1 trustme1! trustme12 trustme123 trustme123! trustme1234 trustme12345 trustme2024 trustme2025
    trustme2026 trustme99 trustno1 trustno1! trustno101 trustno11 trustno11! trustno112 trustno1123 trustno1123!
    trustno11234 trustno112345 trustno12024 trustno12025 trustno12026 trustno199 tuesday! tuesday01 tuesday1
    tuesday1! tuesday12 tuesday123 tuesday123! tuesday1234 tuesday12345 tuesday2024 tuesday2025 tuesday2026
    tuesday99 tupac123 tupac123! tupac1234 tupac12345 tupac2024 tupac2025 tupac2026 turtle01 turtle1! turtle12
    turtle123 turtle123! turtle1234 turtle12345 turtle2024 turtle2025 turtle2026 turtle99 twitter! twitter01
    twitter1 twitter1! twitter12 twitter123 twitter123! twitter1234 twitter12345 twitter2024 twitter2025
    twitter2026 twitter99 ubuntu01 ubuntu1! ubuntu12 ubuntu123 ubuntu123! ubuntu1234 ubuntu12345 ubuntu2024
    ubuntu2025 ubuntu2026 ubuntu99 unicorn! unicorn01 unicorn1 unicorn1! unicorn12 unicorn123 unicorn123!
    unicorn1234 unicorn12345 unicorn2024 unicorn2025 unicorn2026 unicorn99 university university! university01
    university1 university1! university12 university123 university123! university1234 university12345
    university2024 university2025 university2026 university99 usa1776! usa177601 usa17761 usa17761! usa177612
    usa1776123 usa1776123! usa17761234 usa177612345 usa17762024 usa17762025 usa17762026 usa177699 user123!
    user1234 user12345 user2024 user2025 user2026 username username! username01 username1 username1! username12
    username123 username123! username1234 username12345 username2024 username2025 username2026 username99
    userpassword userpassword! userpassword01 userpassword1 userpassword1! userpassword12 userpassword123
    userpassword123! userpassword1234 userpassword12345 userpassword2024 userpassword2025 userpassword2026
    userpassword99 valkommen valkommen! valkommen01 valkommen1 valkommen1! valkommen12 valkommen123 valkommen123!
    valkommen1234 valkommen12345 valkommen2024 valkommen2025 valkommen2026 valkommen99 vanilla! vanilla01 vanilla1
    vanilla1! vanilla12 vanilla123 vanilla123! vanilla1234 vanilla12345 vanilla2024 vanilla2025 vanilla2026
    vanilla99 verano01 verano1! verano12 verano123 verano123! verano1234 verano12345 verano2024 verano2025
    verano2026 verano99 veronica veronica! veronica01 veronica1 veronica1! veronica12 veronica123 veronica123!
    veronica1234 veronica12345 veronica2024 veronica2025 veronica2026 veronica99 victoria victoria! victoria01
    victoria1 victoria1! victoria12 victoria123 victoria123! victoria1234 victoria12345 victoria2024 victoria2025
    victoria2026 victoria99 vincent! vincent01 vincent1 vincent1! vincent12 vincent123 vincent123! vincent1234
    vincent12345 vincent2024 vincent2025 vincent2026 vincent99 violet01 violet1! violet12 violet123 violet123!
    violet1234 violet12345 violet2024 violet2025 violet2026 violet99 viper123 viper123! viper1234 viper12345
    viper2024 viper2025 viper2026 volkswagen volkswagen! volkswagen01 volkswagen1 volkswagen1! volkswagen12
    volkswagen123 volkswagen123! volkswagen1234 volkswagen12345 volkswagen2024 volkswagen2025 volkswagen2026
    volkswagen99 wachtwoord wachtwoord! wachtwoord01 wachtwoord1 wachtwoord1! wachtwoord12 wachtwoord123
    wachtwoord123! wachtwoord1234 wachtwoord12345 wachtwoord2024 wachtwoord2025 wachtwoord2026 wachtwoord99
    warcraft warcraft! warcraft01 warcraft1 warcraft1! warcraft12 warcraft123 warcraft123! warcraft1234
    warcraft12345 warcraft2024 warcraft2025 warcraft2026 warcraft99 warriors warriors! warriors01 warriors1
    warriors1! warriors12 warriors123 warriors123! warriors1234 warriors12345 warriors2024 warriors2025
    warriors2026 warriors99 wednesday wednesday! wednesday01 wednesday1 wednesday1! wednesday12 wednesday123
    wednesday123! wednesday1234 wednesday12345 wednesday2024 wednesday2025 wednesday2026 wednesday99 welcome!
    welcome!! welcome!01 welcome!1 welcome!1! welcome!12 welcome!123 welcome!123! welcome!1234 welcome!12345
    welcome!2024 welcome!2025 welcome!2026 welcome!99 welcome01 welcome1 welcome1! welcome12 welcome123
    welcome123! welcome1234 welcome12345 welcome123456789 welcome2024 welcome2025 welcome2026 welcome99 welkom01
    welkom1! welkom12 welkom123 welkom123! welkom1234 welkom12345 welkom2024 welkom2025 welkom2026 welkom99
    whatever whatever! whatever01 whatever1 whatever1! whatever12 whatever123 whatever123! whatever1234
    whatever12345 whatever2024 whatever2025 whatever2026 whatever99 whatisthepassword whitecat whitecat!
    whitecat01 whitecat1 whitecat1! whitecat12 whitecat123 whitecat123! whitecat1234 whitecat12345 whitecat2024
    whitecat2025 whitecat2026 whitecat99 william! william01 william1 william1! william12 william123 william123!
    william1234 william12345 william2024 william2025 william2026 william99 willkommen willkommen! willkommen01
    willkommen1 willkommen1! willkommen12 willkommen123 willkommen123! willkommen1234 willkommen12345
    willkommen2024 willkommen2025 willkommen2026 willkommen99 windows! windows01 windows1 windows1! windows12
    windows123 windows123! windows1234 windows12345 windows2024 windows2025 windows2026 windows99 winter01
    winter1! winter12 winter123 winter123! winter1234 winter12345 winter2024 winter2025 winter2026 winter99
    wolf123! wolf1234 wolf12345 wolf2024 wolf2025 wolf2026 wolfgang wolfgang! wolfgang01 wolfgang1 wolfgang1!
    wolfgang12 wolfgang123 wolfgang123! wolfgang1234 wolfgang12345 wolfgang2024 wolfgang2025 wolfgang2026
    wolfgang99 wolverine wolverine! wolverine01 wolverine1 wolverine1! wolverine12 wolverine123 wolverine123!
    wolverine1234 wolverine12345 wolverine2024 wolverine2025 wolverine2026 wolverine99 xbox123! xbox1234 xbox12345
    xbox2024 xbox2025 xbox2026 yamaha01 yamaha1! yamaha12 yamaha123 yamaha123! yamaha1234 yamaha12345 yamaha2024
    yamaha2025 yamaha2026 yamaha99 yankees! yankees01 yankees1 yankees1! yankees12 yankees123 yankees123!
    yankees1234 yankees12345 yankees2024 yankees2025 yankees2026 yankees99 yellow01 yellow1! yellow12 yellow123
    yellow123! yellow1234 yellow12345 yellow2024 yellow2025 yellow2026 yellow99 yourpassword yourpassword!
    yourpassword01 yourpassword1 yourpassword1! yourpassword12 yourpassword123 yourpassword123! yourpassword1234
    yourpassword12345 yourpassword2024 yourpassword2025 yourpassword2026 yourpassword99 youtube! youtube01
    youtube1 youtube1! youtube12 youtube123 youtube123! youtube1234 youtube12345 youtube2024 youtube2025
    youtube2026 youtube99 zaq12wsx zaq12wsx! zaq12wsx01 zaq12wsx1 zaq12wsx1! zaq12wsx12 zaq12wsx123 zaq12wsx123!
    zaq12wsx1234 zaq12wsx12345 zaq12wsx2024 zaq12wsx2025 zaq12wsx2026 zaq12wsx99 zaq1zaq1 zaq1zaq1! zaq1zaq101
    zaq1zaq11 zaq1zaq11! zaq1zaq112 zaq1zaq1123 zaq1zaq1123! zaq1zaq11234 zaq1zaq112345 zaq1zaq12024 zaq1zaq12025
    zaq1zaq12026 zaq1zaq199 zxcvbnm! zxcvbnm01 zxcvbnm1 zxcvbnm1! zxcvbnm12 zxcvbnm123 zxcvbnm123! zxcvbnm1234
    zxcvbnm12345 zxcvbnm2024 zxcvbnm2025 zxcvbnm2026 zxcvbnm99 zxcvzxcv zxcvzxcv! zxcvzxcv01 zxcvzxcv1 zxcvzxcv1!
    zxcvzxcv12 zxcvzxcv123 zxcvzxcv123! zxcvzxcv1234 zxcvzxcv12345 zxcvzxcv2024 zxcvzxcv2025 zxcvzxcv2026
    zxcvzxcv99
    """#
}
