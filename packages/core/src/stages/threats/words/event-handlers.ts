/** Events of HTML, SVG and the DOM, without `on`: attributes of these names are code. */
export const EVENTS: ReadonlySet<string> = new Set(
  (
    'abort activate afterprint afterscriptexecute animationcancel animationend animationiteration animationstart auxclick ' +
    'beforeactivate beforecopy beforecut beforedeactivate beforeinput beforematch beforepaste beforeprint beforescriptexecute ' +
    'beforetoggle beforeunload beforexrselect begin blur bounce cancel canplay canplaythrough change click close command contentvisibilityautostatechange ' +
    'contextmenu contextlost contextrestored copy cuechange cut dblclick deactivate drag dragend dragenter dragexit dragleave dragover dragstart drop durationchange ' +
    'emptied end ended error filterchange finish focus focusin focusout formdata fullscreenchange fullscreenerror gotpointercapture hashchange help input ' +
    'invalid keydown keypress keyup languagechange layoutcomplete load loadeddata loadedmetadata loadend loadstart losecapture ' +
    'lostpointercapture message messageerror mousedown mouseenter mouseleave mousemove mouseout mouseover mouseup mousewheel ' +
    'mozfullscreenchange offline orientationchange overscroll pagehide pagereveal pageshow pageswap paste pause play playing pointercancel pointerdown ' +
    'pointerenter pointerleave pointermove pointerout pointerover pointerrawupdate pointerup popstate progress propertychange ' +
    'ratechange readystatechange rejectionhandled repeat reset resize rowexit rowenter rowsdelete rowsinserted scroll scrollend ' +
    'scrollsnapchange scrollsnapchanging search securitypolicyviolation seek seeked seeking select selectionchange selectstart show slotchange ' +
    'stalled start stop storage submit suspend syncrestored timeerror timeupdate toggle touchcancel touchend touchmove touchstart trackchange ' +
    'transitioncancel transitionend transitionrun transitionstart unhandledrejection unload urlflip volumechange waiting ' +
    'webkitanimationend webkitanimationiteration webkitanimationstart webkitmouseforcechanged webkitmouseforcedown webkitmouseforceup ' +
    'webkitmouseforcewillbegin webkitplaybacktargetavailabilitychanged webkittransitionend webkitwillrevealbottom wheel zoom'
  ).split(' '),
);
