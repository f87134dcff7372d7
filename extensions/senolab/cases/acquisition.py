"""What a mammogram's header tells of the unit and the exposure: tube, filter, dose, geometry, detector.

Units are those of PS3.3: OrganDose in dGy, EntranceDoseInmGy in mGy, ExposureInuAs in uAs, lengths in
mm, force in N. The load is the product of time and current exactly, and the doses follow from it.
"""

from pydicom.dataset import Dataset

from .dose import DETECTOR_MM, Technique
from .vendors import Tube, Vendor


def describe_unit(ds: Dataset, vendor: Vendor) -> None:
    """Say whose unit it is; the maker is made up, and what made the image is told beside it."""
    ds.Manufacturer, ds.ManufacturerModelName = vendor.manufacturer, vendor.model
    ds.SoftwareVersions, ds.DeviceSerialNumber = vendor.software, vendor.serial
    ds.DetectorType, ds.DetectorConfiguration = vendor.detector.type, "AREA"
    ds.DetectorID, ds.DetectorMode = f"{vendor.serial}-D", "STANDARD"
    ds.DetectorConditionsNominalFlag = "YES"
    ds.DetectorBinning = ["1", "1"]


def describe_exposure(ds: Dataset, tube: Tube, technique: Technique) -> None:
    """Tube load, beam quality, compression and dose."""
    ds.KVP = str(tube.kv)
    ds.XRayTubeCurrent, ds.ExposureTime = tube.current_ma, technique.time_ms
    ds.ExposureInuAs = tube.current_ma * technique.time_ms
    ds.Exposure = round(technique.load_mas)
    ds.AnodeTargetMaterial, ds.FilterMaterial = tube.target, tube.filter
    ds.FilterThicknessMinimum = ds.FilterThicknessMaximum = f"{tube.filter_mm:.3f}"
    ds.FocalSpots = "0.3"
    ds.Grid = ["RECIPROCATING", "FOCUSED"]
    ds.ExposureControlMode, ds.ExposureStatus = "AUTOMATIC", "NORMAL"
    ds.BodyPartThickness = f"{technique.thickness_mm:.0f}"
    ds.CompressionForce = str(technique.force_n)
    ds.DistanceSourceToEntrance = round(DETECTOR_MM - technique.thickness_mm)
    ds.EntranceDoseInmGy = f"{technique.entrance_mgy:.3f}"
    ds.OrganDose = f"{technique.organ_mgy / 100.0:.5f}"
    ds.HalfValueLayer = f"{technique.half_value_layer_mm:.3f}"
    ds.CommentsOnRadiationDose = "Calculated: mean glandular dose from the tube's spectrum"


def describe_geometry(ds: Dataset, projection: str, rows: int, columns: int, pixel_mm: float) -> None:
    """Where focus, breast and detector stand, and what of the detector the matrix is."""
    ds.PositionerType = "MAMMOGRAPHIC"
    ds.PositionerPrimaryAngle = "45" if projection == "MLO" else "0"
    ds.DistanceSourceToDetector = ds.DistanceSourceToPatient = f"{DETECTOR_MM:.0f}"
    ds.EstimatedRadiographicMagnificationFactor = "1"
    spacing = [f"{pixel_mm:g}", f"{pixel_mm:g}"]
    ds.DetectorElementPhysicalSize = ds.DetectorElementSpacing = spacing
    ds.DetectorActiveShape = ds.FieldOfViewShape = "RECTANGLE"
    ds.DetectorActiveDimensions = [f"{rows * pixel_mm:.2f}", f"{columns * pixel_mm:.2f}"]
    ds.FieldOfViewDimensions = [round(rows * pixel_mm), round(columns * pixel_mm)]
    ds.FieldOfViewOrigin, ds.FieldOfViewRotation, ds.FieldOfViewHorizontalFlip = ["0", "0"], "0", "NO"
