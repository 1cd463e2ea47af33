"""Files that fill the area: divisions, their predecessors, compounds with buildings. Each whole or not at all."""

HELP = {
    "divisions": "Divisions with 12-digit codes as CSV (also .csv.gz; UTF-8 or GB 18030) or Excel: either code,name one division a "
    "row, or province,city,county,town,village,village_code one community a row. A second import renames and adds.",
    "predecessors": "Which division took the place of which: predecessor,successor,since, and predecessor_name where the old code "
    "is not known yet.",
    "compounds": "Compounds with their buildings, one building a row: community_code,compound,kind,year,building,road,"
    "road_number,units,floors,per_floor,households,grid,lon,lat.",
}
