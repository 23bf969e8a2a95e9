// XFRM
