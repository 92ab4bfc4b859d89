"""Line icons of the pages, drawn on a 24 × 24 grid."""

# ruff: noqa: E501

# Paths are left whole: a drawing broken over lines is no easier to read.
ICONS = {
    "home": '<path d="M4 11 12 4l8 7v8a1 1 0 0 1-1 1h-4v-6h-6v6H5a1 1 0 0 1-1-1z"/>',
    "gauge": '<path d="M4 17a8 8 0 1 1 16 0"/><path d="m12 17 4-6"/><circle cx="12" cy="17" r="1.4"/>',
    "check": '<rect x="4" y="4" width="16" height="16" rx="2"/><path d="m8 12 3 3 5-6"/>',
    "steps": '<path d="M5 6h14M5 12h10M5 18h6"/>',
    "crane": '<path d="M7 20V5m0 0h12l-4 4M7 5 4 9m3 4h4m5-4v4"/><path d="M4 20h8"/>',
    "flag": '<path d="M6 21V4m0 1h11l-2.5 4L17 13H6"/>',
    "chip": '<rect x="7" y="7" width="10" height="10" rx="1.5"/><path d="M10 3v4m4-4v4m-4 10v4m4-4v4M3 10h4m-4 4h4m10-4h4m-4 4h4"/>',
    "people": '<circle cx="9" cy="9" r="3"/><path d="M3.5 19c.6-3.2 2.7-5 5.5-5s4.9 1.8 5.5 5"/><path d="M15.5 6.500a2.7 2.7 0 0 1 0 5M17 14.300c1.9.6 3.1 2.2 3.5 4.7"/>',
    "pin": '<path d="M12 21c4-4.6 6-7.9 6-10.500A6 6 0 0 0 6 10.500C6 13.1 8 16.4 12 21z"/><circle cx="12" cy="10.5" r="2.2"/>',
    "drop": '<path d="M12 4c3.7 4.3 5.5 7.3 5.5 9.800a5.5 5.5 0 0 1-11 0C6.5 11.3 8.3 8.3 12 4z"/>',
    "book": '<path d="M5 5.500A2.5 2.5 0 0 1 7.5 3H19v15H7.500A2.5 2.5 0 0 0 5 20.500z"/><path d="M5 20.500A2.5 2.5 0 0 0 7.5 21H19"/>',
    "pencil": '<path d="m5 19 1-4L16 5l3 3L9 18z"/><path d="m14 7 3 3"/>',
    "alert": '<path d="M12 4 2.8 19.500h18.400z"/><path d="M12 10v4.500m0 2.500v.1"/>',
    "text": '<path d="M6 3h8l4 4v14H6z"/><path d="M14 3v4h4M9 12h6m-6 4h6"/>',
    "search": '<circle cx="11" cy="11" r="6"/><path d="m20 20-4.7-4.7"/>',
    "person": '<circle cx="12" cy="8.5" r="3.5"/><path d="M5 20c.8-3.7 3.3-5.7 7-5.700s6.2 2 7 5.7"/>',
    "more": '<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="3"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 3v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.400M5.6 18.4 7 17M17 7l1.4-1.4"/>',
    "moon": '<path d="M19 14.500A7.5 7.5 0 0 1 9.5 5a7.5 7.5 0 1 0 9.5 9.500z"/>',
    "auto": '<circle cx="12" cy="12" r="8"/><path d="M12 4v16" /><path d="M12 4a8 8 0 0 1 0 16z" fill="currentcolor"/>',
    "download": '<path d="M12 4v11m0 0-4-4m4 4 4-4M5 19h14"/>',
    "columns": '<rect x="4" y="5" width="16" height="14" rx="1.5"/><path d="M9.5 5v14m5-14v14"/>',
    "left": '<path d="m14.5 6-6 6 6 6"/>',
    "right": '<path d="m9.5 6 6 6-6 6"/>',
}
