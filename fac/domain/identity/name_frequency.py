"""How common names are, in bits: a name of 7 bits is that of one person in 2^7.

From the lists of names of the United States Census of 1990 (public domain: works of the Census Bureau), given names of
men and women taken together, as plain letters; what is rarer than 2^-11.5 is not listed.
Never: a claim about a community where a name is commoner than in the country; whoever uses this holds it within bounds.
"""

from typing import Final

UNLISTED_BITS: Final = 12.0
# What two strangers who have the same name share in the mean: the collision entropy of each list.
USUAL_GIVEN_BITS: Final = 8.5
USUAL_FAMILY_BITS: Final = 10.5


def _bits(listed: str) -> dict[str, float]:
    lines = (line.split(":") for line in listed.strip().splitlines())
    return {name: float(bits) for bits, names in lines for name in names.split()}


GIVEN_BITS: Final = _bits("""
6: james john robert michael mary william david
7: richard charles joseph thomas
8: patricia christopher linda barbara daniel paul mark elizabeth donald george jennifer maria kenneth susan steven
8: edward margaret brian ronald dorothy anthony lisa kevin nancy karen betty helen jason matthew gary timothy sandra
8: jose larry jeffrey frank donna carol ruth
9: scott eric stephen andrew sharon michelle laura sarah kimberly deborah jessica raymond shirley cynthia angela
9: melissa brenda amy jerry gregory anna joshua rebecca virginia kathleen dennis pamela martha debra amanda walter
9: stephanie willie patrick terry carolyn peter christine marie janet frances catherine harold douglas henry ann
9: joyce diane alice jean carl julie kelly arthur heather teresa doris gloria ryan joe roger evelyn juan ashley jack
9: albert cheryl joan jonathan justin mildred katherine gerald keith samuel judith rose janice lawrence ralph nicole
10: judy nicholas christina roy kathy theresa benjamin beverly denise bruce brandon adam tammy fred billy irene harry
10: jane wayne louis lori steve tracy jeremy aaron andrea rachel marilyn robin randy leslie kathryn eugene bobby
10: howard carlos louise sara anne jacqueline wanda russell shawn victor bonnie julia chris ruby lois tina jamie
10: phyllis martin norma jesse paula diana annie ernest shannon phillip todd lee lillian emily peggy crystal carmen
10: craig kim connie gladys alan rita dawn dale florence sean francis clarence johnny philip edna tiffany tony rosa
10: earl jimmy antonio cindy luis danny bryan mike grace stanley leonard nathan wendy manuel curtis rodney victoria
10: norman edith sherry sylvia josephine allen thelma sheila ethel lynn ellen elaine marjorie marvin carrie marion
10: charlotte vincent glenn travis jeffery jeff monica esther chad jacob pauline emma kyle dana juanita melvin jessie
10: alfred anita rhonda hazel amber bradley eva ray jesus debbie herbert eddie frederick joel april clara lucille gail
10: joanne eleanor valerie danielle edwin erin megan alicia don suzanne michele bertha darlene veronica jill lauren
10: ricky geraldine troy
11: randall stacy cathy joann lorraine sally barry alexander jackie regina erica beatrice dolores bernice bernard
11: mario audrey francisco yvonne leroy micheal annette june marcus samantha theodore clifford oscar miguel jay ana
11: renee jim ida vivian tom alex ronnie angel roberta holly brittany jon melanie tommy calvin loretta yolanda
11: jeanette laurie leon katie bill lloyd derek stacey kristen vanessa alma sue warren elsie beth jeanne vicki darrell
11: jerome floyd leo dean carla tara rosemary alvin wesley courtney eileen terri tim gordon greg jorge dustin pedro
11: derrick corey gertrude lucy dan tonya ella lewis zachary maurice wilma gina kristin vernon roberto clyde natalie
11: agnes vera herman charlene charlie bessie shane delores sam glen hector melinda pearl arlene ricardo lester
11: maureen colleen allison tamara gene rick tyler johnnie joy georgia constance brent ramon lillie claudia marcia
11: gilbert tanya nellie minnie marlene heidi glenda marc billie lydia viola marian stella caroline guadalupe reginald
11: dora brett cecil casey jo ruben jaime vickie nathaniel rafael mattie edgar milton raul maxine irma adrian ben
11: chester andre mabel marsha myrtle duane franklin lena christy tracey gabriel deanna patsy elmer christian jimmie
11: bobbie hilda gwendolyn brad mitchell jennie nora cory ron roland arnold harvey margie nina cassandra leah karl
11: jared penny kay priscilla naomi carole brandy olga jan
""")
FAMILY_BITS: Final = _bits("""
7: smith johnson williams jones brown
8: davis miller wilson moore taylor anderson thomas jackson white
9: harris martin thompson garcia martinez robinson clark rodriguez lewis lee walker hall allen young hernandez king
9: wright lopez hill scott green adams baker gonzalez nelson carter mitchell perez roberts turner phillips campbell
9: parker evans
10: edwards collins stewart sanchez morris rogers reed cook morgan bell murphy bailey rivera cooper richardson cox
10: howard ward torres peterson gray ramirez james watson brooks kelly sanders price bennett wood barnes ross
10: henderson coleman jenkins perry powell long patterson hughes flores washington butler simmons foster gonzales
10: bryant alexander russell griffin diaz hayes myers ford hamilton graham sullivan wallace woods cole west jordan
10: owens reynolds fisher ellis harrison gibson mcdonald cruz marshall ortiz gomez murray freeman wells webb simpson
10: stevens tucker
11: porter hunter hicks crawford henry boyd mason morales kennedy warren dixon ramos reyes burns gordon shaw holmes
11: rice robertson hunt black daniels palmer mills nichols grant knight ferguson rose stone hawkins dunn perkins
11: hudson spencer gardner stephens payne pierce berry matthews arnold wagner willis ray watkins olson carroll duncan
11: snyder hart cunningham bradley lane andrews ruiz harper fox riley armstrong carpenter weaver greene lawrence
11: elliott chavez sims austin peters kelley franklin lawson fields gutierrez ryan schmidt carr vasquez castillo
11: wheeler chapman oliver montgomery richards williamson johnston banks meyer bishop mccoy howell alvarez morrison
11: hansen fernandez garza harvey little burton stanley nguyen george jacobs reid kim fuller lynch dean gilbert
11: garrett romero welch larson frazier burke hanson day mendoza moreno bowman medina fowler brewer hoffman carlson
11: silva pearson holland douglas fleming jensen vargas byrd davidson hopkins may terry herrera wade soto walters
11: curtis neal caldwell lowe jennings barnett graves jimenez horton shelton barrett obrien castro sutton gregory
11: mckinney lucas miles craig rodriquez chambers holt lambert fletcher watts bates hale rhodes pena beck newman
11: haynes mcdaniel mendez bush vaughn parks dawson santiago norris hardy love steele curry powers schultz barker
""")
