"""What every extract states of itself: on what its areas rest, and what it is not."""

from geo.text import Text

TITLE = Text(zh="地块查询单", en="Parcel extract")
OFFICE = Text(zh="{county}自然资源局", en="Natural Resources Bureau, {county}")
BASIS = Text(
    zh="面积为 CGCS2000（GRS 80）椭球面积，按图形计算，不含投影变形；占比分别以图形面积和登记面积为分母。"
    "同一图层中相互重叠的记录在合计中只计一次，逐条面积之和可能大于合计。仅边界相接不算压占；小于各图层阈值的碎片不计入，只列数量。",
    en="Areas are ellipsoidal (CGCS2000, GRS 80), computed from the drawing and free of the distortion of a projection;"
    " shares are of the drawn and of the registered area. Where records of a layer overlap, the total counts the ground"
    " once: single records may add up to more. Touching is not overlapping; slivers below a layer's thresholds are left"
    " out and only counted.",
)
COORDINATES = Text(
    zh="2000 国家大地坐标系，高斯-克吕格投影 3 度带第 {zone} 带（EPSG:{epsg}），X 为北坐标，"
    "Y 为东坐标（含带号），单位米",
    en="CGCS2000, three-degree Gauss-Kruger zone {zone} (EPSG:{epsg}); X is the northing, Y the easting with the zone"
    " before it, in metres",
)
DISCLAIMER = Text(
    zh="本单依据截至上述日期已入库的数据自动生成，仅反映出具人权限内可见的记录，供规划选址和内部审查参考；"
    "不是用地预审、规划许可、不动产权属或权籍调查的证明。“无数据”不等于不涉及。以法定图件和主管部门的书面意见为准。",
    en="Made by the program from the data on record by the day stated above, as far as whoever issued it may see them,"
    " for planning and internal review. It is no land-use approval, planning permit or proof of title or boundary."
    " Where there is no data, nothing is said of being concerned or not. Statutory maps and the written opinion of the"
    " authority prevail.",
)
