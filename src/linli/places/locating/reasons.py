"""Why a place is a candidate: the fixed sentences of `Candidate.why`, Chinese and marked for translation."""

from linli.places.locating.errors import gettext_noop

INSIDE = gettext_noop("位置在这个网格里。")
BORDER = gettext_noop("位置在几个网格的交界处，先记到编号最小的一个。")
NEAR = gettext_noop("位置不在任何网格里，这是附近的网格。")

NAME_AND_NUMBER = gettext_noop("小区和楼栋都对上了。")
NAME = gettext_noop("名称对上了。")
ROAD = gettext_noop("路名和门牌号都对上了。")
SEVERAL = gettext_noop("有几处都像，请选一处。")
SIMILAR = gettext_noop("名称相近，请看一看对不对。")
PARTLY = gettext_noop("只对上一部分，请看一看对不对。")
UNSURE = gettext_noop("地址可以有别的理解，请看一看对不对。")
NUMBER_ONLY = gettext_noop("只说了楼栋号，本社区内有这个楼栋。")

COMPOUND_IN_GRID = gettext_noop("没写楼栋，先记到这个小区。")
COMPOUND_IN_GRIDS = gettext_noop("没写楼栋，先记到这个小区；由哪个网格办，社区来定。")
NO_SUCH_BUILDING = gettext_noop("小区对上了，楼栋没有登记，先记到这个小区。")
NO_GRID = gettext_noop("小区对上了；由哪个网格办，社区来定。")
ROAD_IN_GRID = gettext_noop("路名对上了，这里不止一栋楼。")
